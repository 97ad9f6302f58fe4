"""Lines, paragraphs and scenes of a text, with exact offsets; nothing is copied or normalised."""

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass

LINE = re.compile(r"[^\r\n\x0b\x0c\u2028\u2029]+")
BREAK = re.compile(r"\r\n|[\r\n\x0b\x0c\u2028\u2029]")
CJK = re.compile(r"[\u3400-\u9fff]")
TERMINAL = "。！？!?.…—”」』\"’'：:)）*-"
NUMBER = "0-9０-９一二三四五六七八九十百千零〇两"
COUNT_EN = (
    r"(?:[IVXLCDM]+|[ivxlcdm]+|\d+|(?i:one|two|three|four|five|six|seven|eight|nine|ten|eleven"
    r"|twelve|the \w+))"
)
HOUR = "日|夜|晨|昏|晚|午|黄昏|傍晚|清晨|午后|拂晓"
CHAPTER = re.compile(
    rf"(?:[【（(\[]|\*{{1,2}})?第\s*[{NUMBER}]{{1,9}}\s*[章回节卷集幕场折部篇](?:[\s:：、.].*"
    rf"|(?=[^“”「」『』。！？，]{{0,40}}$).*)?$"
    rf"|(?:楔子|序幕|尾声|序章|终章|引子|番外[{NUMBER}]{{0,3}})(?:[\s:：·].{{0,30}})?$"
    rf"|(?:C(?:hapter|HAPTER)|B(?:ook|OOK)|P(?:art|ART)|A(?:ct|CT)|S(?:cene|CENE)|C(?:anto|ANTO)"
    rf"|V(?:olume|OLUME|ol\.|OL\.))"
    rf"\s+{COUNT_EN}(?:\s*$|\s*[.:,—–-].{{0,70}}$|\s+[A-Z].{{0,60}}$)"
    r"|P(?:rologue|ROLOGUE)\W*$|E(?:pilogue|PILOGUE)\W*$|S(?:cene|CENE)(?:\s*[.:—–-]\s*\S.{0,80})?$"
    r"|(?:FIRST|SECOND|THIRD|FOURTH|FIFTH|LAST)\s+(?:ACT|SCENE|PART)\W*$"
    r"|(?:\d{1,4}[A-Z]?\s+)?(?:INT|EXT|INT\./EXT|I/E)[.\s].{1,80}$"
    rf"|[\[【]?\s*(?:场景|场次|内景|外景|内外景)\s*[{NUMBER}]*\s*(?:[:：.、。·\s】－—-].{{0,60}})?$"
    r"|[\[【]?\s*(?:地点|时间|人物)\s*[:：].{0,80}$"
    r"|\d{1,3}\s*[-－.、—]\s*(?:\d{1,3}\s*)?.{0,30}(?:日|夜|晨|昏|晚|午)\s*[,，/、]?\s*(?:内外|内"
    r"|外)?\s*$"
    rf"|(?:\d{{1,3}}\s*[-－—]\s*\d{{1,3}}|[Ss场]\s?\d{{1,3}})\s*[.、\s]\s*(?:{HOUR}|内景?"
    rf"|外景?)[\s,，、/].{{0,40}}$"
    rf"|(?:{HOUR})\s*[,，、/\s]\s*(?:内外|内|外)景?[\s,，、/].{{0,30}}$"
    r"|#{1,6}\s+\S.{0,80}$"
)
SEPARATOR = re.compile(r"(?:[*＊※◇◆☆★○●□■~～=_·•#§-]\s*){3,}$|[—－–]{2,}$|[※◇◆☆★❖⁂]$")


@dataclass(frozen=True)
class Line:
    """A line that is not blank, trimmed: text[start:end]. blanks: blank lines before it."""

    start: int
    end: int
    indent: int
    blanks: int


@dataclass(frozen=True)
class Paragraph:
    """A run of lines that belong together: text[start:end], its scene; a heading holds no
    speech.
    """

    start: int
    end: int
    scene: int
    heading: bool = False


def is_chinese(text: str) -> bool:
    """Whether at least a fifth of the first 20,000 letters are Chinese characters."""
    sample = text[:60000]
    chinese = len(CJK.findall(sample))
    letters = sum(map(str.isalpha, sample))
    return chinese > 0 and chinese * 5 >= letters


def lines(text: str) -> list[Line]:
    """All lines that are not blank, with the number of blank lines before each."""
    breaks = [match.start() for match in BREAK.finditer(text)]
    found, last = [], -1
    for match in LINE.finditer(text):
        raw = match.group()
        body = raw.strip()
        if not body:
            continue
        start = match.start() + len(raw) - len(raw.lstrip())
        row = bisect_right(breaks, start)
        found.append(Line(start, start + len(body), start - match.start(), max(0, row - last - 1)))
        last = row
    return found


def wrapped(text: str, rows: list[Line]) -> bool:
    """Whether paragraphs were broken into short lines: most touching lines end in mid-sentence."""
    touching = [a for a, b in zip(rows, rows[1:], strict=False) if b.blanks == 0]
    if not touching or not any(row.blanks for row in rows[1:]):
        return False
    middle = sum(text[row.end - 1] not in TERMINAL for row in touching)
    return middle * 2 >= len(touching)


def is_heading(body: str) -> bool:
    """Whether a line begins a scene or chapter, or is a separator such as `* * *`."""
    return len(body) <= 90 and bool(CHAPTER.match(body) or SEPARATOR.match(body))


def scene_gap(rows: list[Line]) -> int:
    """The number of blank lines from which on a gap counts as a change of scene."""
    gaps = Counter(row.blanks for row in rows[1:])
    if not gaps:
        return 2
    usual = gaps.most_common(1)[0][0]
    if usual == 0 and gaps[0] >= 8 * (len(rows) - 1 - gaps[0]):
        return 1  # lines touch nearly everywhere, so that a single blank line means something
    return max(2, usual + 1)


def paragraphs(text: str) -> list[Paragraph]:
    """The paragraphs in order, each with its scene; heading lines stand alone."""
    rows = lines(text)
    joined, gap = wrapped(text, rows), scene_gap(rows)
    found: list[Paragraph] = []
    scene, open_from = 0, None
    for index, row in enumerate(rows):
        heading = is_heading(text[row.start : row.end])
        if found and (heading or row.blanks >= gap) and not found[-1].heading:
            scene += 1
        goes_on = (
            joined
            and row.blanks == 0
            and index > 0
            and not heading
            and found
            and not found[-1].heading
        )
        if goes_on and open_from is not None:
            found[-1] = Paragraph(open_from, row.end, scene)
            continue
        open_from = row.start
        found.append(Paragraph(row.start, row.end, scene, heading))
    return found
