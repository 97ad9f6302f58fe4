"""What a quotation is: speech that others hear, a thought, words that are only quoted, or a text
read from a page.

Decided by the narration right beside the marks. Also numbers the speeches: pieces parted by `he
said`, and paragraphs of one long speech, share a number.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from studio.dialogue.records import Utterance
from studio.progress import UNWATCHED, Watch

QUOTED = 0.15  # confidence that quoted words are speech, as for a few marked words in a sentence
LOOK = 48  # characters of narration that are read on either side
MARKS = "“”「」『』\"'‘’«»„＂"
CLOSING = re.compile("[”」』\"’'»＂]")
STOP = re.compile(r"[。！？!?…；;\n]|\.\s")
INNER_LEFT = re.compile(
    r"(?:心想|心道|心说|心下(?:想|道)|心[里中内][^，。：怒恼喜惊闷慌欢]{0,6}(?:想|道|说|骂|嘀咕"
    r"|念叨|叹|盘算)|暗[自暗地]{0,2}(?:想|道|忖|思|骂|叹)"
    r"|思忖|寻思|自[思忖]|默[念默][^，。：]{0,4}|转念一想)[^，。：“「]{0,4}[：:，,]$"
    r"|(?<![联梦])想[道着]?[：:，,]$"
    r"|\b(?:thought|wondered|mused|reflected|thinking|wondering)\b(?:\s+\w+){0,3}\s*[,:]?(?:--|—)?$"
    r"|\b(?:said|saying|told|say|asked|repeated|murmured)\s+(?:to\s+)?(?:him|her|my|it"
    r"|them)sel(?:f|ves)\s*[,:]?$"
)
INNER_RIGHT = re.compile(
    r"[^，。！？,]{0,10}?(?:心想|心道|心说|想道|暗想|暗道|暗忖|寻思|思忖|自忖"
    r"|(?<![联梦猜料设感])想(?:着)?(?=[。，,]|$))"
    r"|[\s,—–-]*(?:thought|mused|wondered|reflected)\s+(?!it\b|that\b|so\b)[\w’'. ]{1,30}"
    r"|[\s,—–-]*(?:(?:the|poor|little|old|his|her)\s+)?(?:\w+\s+){0,2}\w+\s+(?:thought|mused"
    r"|wondered|reflected)\b(?!\s+(?:it|that))"
    r"|[\s,—–-]*(?:said|asked|repeated|murmured)\s+(?:[\w’']+\s+){1,4}to\s+(?:him|her|it|my)self\b"
    r"|[\s,—–-]*(?:[\w’']+\s+){1,4}(?:said|asked|repeated|murmured)\s+to\s+(?:him|her|it|my)self\b"
)
READ_LEFT = re.compile(
    r"(?:写道|写着|写的是|上书|书曰|题着|题道|刻着|印着|读道|宣读道?|诏曰|奉天承运"
    r"|[信书条帖](?:上|中|里|子上)[^。]{0,8}(?:说|道|写|云)?|布告[^。]{0,8}|告示[^。]{0,8})[：:]$"
    r"|\b(?:letter|note|sign|label|inscription|telegram|card|message|placard|notice|placard"
    r"|advertisement|paragraph|scroll|tablet)\b[^.!?\n]{0,44}(?:read|said|ran|says|runs|thus"
    r"|follows|was|words|way)\b[^.!?\n]{0,16}$"
    r"|\b(?:wrote|written|as follows|(?:it|which) (?:read|ran)(?: \w+){0,2}|read (?:aloud"
    r"|out)[^.!?]{0,12}|began to read)\s*[:;,]?(?:--|—)?$"
)
QUOTED_LEFT = re.compile(
    r"(?:所谓的?|叫[做作]|名[叫为]|称[为作之]{1,2}|号称|人称|唤[作做]|绰号|外号|诨[名号]"
    r"|题为)[：:，,]?$|(?:写[着的]?有?|印[着有]|刻[着有]|题着)$"
    r"|(?:俗话|俗语|常言|古人|古语|老话|谚语?|诗|词|赞|有诗为证|有道是|正是|正所谓|歌)(?:说得好"
    r"|说|道|云|曰|有云)?[得的好]*[：:，,]$"
    r"|\b(?:called|named|labelled|labeled|marked|entitled|titled|words?|so-called|known as|term"
    r"|nicknamed|motto|inscribed|heading|headed|phrase|proverb|name|pronounced it)\s*$"
)
QUOTED_RIGHT = re.compile(
    r"(?:这?[一二两三四五六七八九十几]个?(?:大)?字|字样?[，。的]|这[句个]话的|的说法|之类"
    r"|的[名称绰外]号|这个[词字名])"
)
QUOTED_LONGEST = 60  # characters that words after `所谓` or `labelled` may have to count as quoted


def told_apart(text: str, found: Sequence[Utterance], watch: Watch = UNWATCHED) -> list[Utterance]:
    """The utterances of a novel with `kind` and `speech` filled in; quoted words lose their
    speaker.
    """
    rows: list[Utterance] = []
    for index, piece in enumerate(watch.over(found, 0, 0.5)):
        low = found[index - 1].end if index else 0
        high = found[index + 1].start if index + 1 < len(found) else len(text)
        rows.append(_judged(text, piece, low, high))
    return numbered(text, rows)


def _judged(text: str, piece: Utterance, low: int, high: int) -> Utterance:
    if piece.method == "quoted":
        return replace(piece, kind="quoted")
    left = _left(text, max(low, piece.start - LOOK), piece.start)
    right = _right(text, piece.end, min(high, piece.end + LOOK))
    short = piece.end - piece.start <= QUOTED_LONGEST
    if short and (QUOTED_LEFT.search(left) or QUOTED_RIGHT.match(right)):
        return replace(
            piece,
            kind="quoted",
            method="quoted",
            speaker=None,
            addressee=None,
            confidence=QUOTED,
            evidence=(),
            others=(),
        )
    if READ_LEFT.search(left):
        return replace(piece, kind="read")
    if INNER_LEFT.search(left) or INNER_RIGHT.match(right):
        return replace(piece, kind="thought")
    return piece


def _left(text: str, low: int, start: int) -> str:
    """The last clause of narration before the marks; of the sentence that leads to them, over a
    line break too.
    """
    body = text[low:start].rstrip().rstrip(MARKS).rstrip()
    ends = [m.end() for m in STOP.finditer(body) if m.end() < len(body)]
    after = max((body.rfind(mark) + 1 for mark in '”」』"'), default=0)
    return " ".join(body[max(after, ends[-1] if ends else 0) :].split())


def _right(text: str, end: int, high: int) -> str:
    """The first sentence of narration after the marks, of the same paragraph."""
    body = text[end:high].split("\n\n")[0].lstrip(MARKS)
    stop = STOP.search(body)
    return " ".join((body[: stop.start()] if stop else body).split())


def numbered(text: str, rows: Sequence[Utterance]) -> list[Utterance]:
    """Each utterance with the number of its speech; a piece with no tag of its own is of the kind
    it goes on with.
    """
    found: list[Utterance] = []
    speech = -1
    for piece in rows:
        last = found[-1] if found else None
        if last and _runs_on(text, last, piece):
            kind = (
                last.kind
                if piece.kind == "speech" and not _tagged(text, last, piece)
                else piece.kind
            )
            same = kind == last.kind
            speech += not same
            found.append(replace(piece, speech=speech, kind=kind))
        else:
            speech += 1
            found.append(replace(piece, speech=speech))
    return found


def _tagged(text: str, last: Utterance, piece: Utterance) -> bool:
    """Whether narration of its own leads to a piece or follows it, in the paragraph of the piece
    before.
    """
    if last.paragraph != piece.paragraph:
        return False
    led = _left(text, max(last.end, piece.start - LOOK), piece.start)[-1:] in tuple("：:，,")
    return led or bool(_right(text, piece.end, piece.end + LOOK))


def _runs_on(text: str, last: Utterance, piece: Utterance) -> bool:
    if (
        last.scene != piece.scene
        or last.speaker != piece.speaker
        or "quoted" in (last.kind, piece.kind)
    ):
        return False
    if last.paragraph == piece.paragraph:
        return True
    if piece.paragraph != last.paragraph + 1:
        return False
    marks = CLOSING.findall(text[last.end : piece.start])
    return len(marks) == (1 if text[piece.start - 1] in "\"'＂" else 0)
