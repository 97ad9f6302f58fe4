"""The narration around a pair of lines, as whole sentences: what the reader sees while the two
talk.
"""

import re

from studio.dialogue.layouts.script_labels import NARRATORS
from studio.text.paragraphs import LINE, is_break
from studio.text.scripts import has_chinese

SENTENCE = re.compile(
    r"[^。！？!?….]+(?:\.(?!\s|$)[^。！？!?….]*)*(?:[。！？!?…]+|\.+(?=\s|$)|$)[）)】\]]*"
)
ENDED = re.compile(r"[。！？!?….][）)】\]]*$")
SPOKEN = re.compile('[“”「」『』"«»]')
TRIM = " \t\u3000（(【[〔△▲◎）)】]〕"
NARRATOR = re.compile(
    rf"(?:{'|'.join(sorted(NARRATORS))})\s*(?:[（(][^）)]*[）)])?[:：]\s*", re.IGNORECASE
)
REACH = 2000  # characters before a line that are looked through


def scene_line(text: str, low: int, high: int, limit: int) -> tuple[str, list[list[int]]]:
    """The last whole sentences of narration in text[low:high], at most `limit` characters, with
    their spans.

    Left out: the tag right behind a quotation (`他说。`), the words that lead to one (`他说：`),
    headings with all before them, script labels, and every sentence with quote marks.
    """
    spans = _sentences(text, max(low, high - REACH), high, after_speech=low > 0)
    chosen: list[tuple[int, int]] = []
    room = limit
    for start, end in reversed(spans):
        room -= end - start
        if room < 0:
            break
        chosen.append((start, end))
    chosen.reverse()
    glue = "" if chosen and has_chinese(text[chosen[0][0] : chosen[0][1]]) else " "
    return glue.join(" ".join(text[a:b].split()) for a, b in chosen), [[a, b] for a, b in chosen]


def _sentences(text: str, low: int, high: int, *, after_speech: bool) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    first = after_speech
    for line in LINE.finditer(text, low, high):
        body = line.group()
        if is_break(body.strip()):
            found, first = [], False
            continue
        begin = line.start()
        if narrator := NARRATOR.match(text, begin + len(body) - len(body.lstrip()), line.end()):
            begin = narrator.end()
        for match in SENTENCE.finditer(text, begin, line.end()):
            if (
                (first and line.start() == low)
                or not ENDED.search(match.group())
                or SPOKEN.search(match.group())
            ):
                first = False  # what stands right behind a quotation says who spoke
                continue
            span = _trimmed(text, match.start(), match.end())
            if span[0] < span[1] and not re.match(r"[^\s，。]{1,12}[:：]", text[span[0] : span[1]]):
                found.append(span)
        first = False
    return found


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in TRIM:
        start += 1
    while end > start and text[end - 1] in TRIM:
        end -= 1
    return start, end
