"""Whether a run of marks ends a sentence."""

import re
from dataclasses import dataclass

from studio.text import abbreviations
from studio.text.punctuation import CHINESE, ELLIPSIS, NEVER_FIRST, NEWLINES, OPENING
from studio.text.speech import SAYING_ZH, TAGS_EN

LOOK = 200
AHEAD = 1_000
BRACKETS = (("（", "）"), ("(", ")"), ("【", "】"), ("[", "]"), ("〔", "〕"), ("［", "］"))
OPEN_BRACKET = re.compile(r"[（(【\[〔［]")
# What goes on after “怎么办？”: the quotation is a part of the sentence.
GOES_ON = re.compile(
    r"的|之(?![后前所])|等(?=[，。、口人])|[和与及或](?=[“「‘])|是(?=[个一什他她我你谁])|一(?:词"
    r"|语|类|说|问|句话)|这(?:样的|一|类|种)"
)
# As far as a tag may go, for a look before it is tried: “好。”他说，
TAG_ENDS = re.compile(rf"[^{NEWLINES}\s，。！？：；、“”‘’「」『』（）!?,:;…]{{1,14}}[，。,…]")
# “好。”他说，  but not  “好。”他说：“…, which begins anew.
TAG = re.compile(
    rf"[^{NEWLINES}\s不，。！？：；、“”‘’「」『』（）!?,:;]{{0,6}}?(?:{SAYING_ZH})(?:着|起来"
    rf"|道)?[，。,…]"
)
WORD = r"[A-Z][A-Za-z'’-]*"
ENGLISH_TAG = re.compile(
    rf"(?:I|(?:(?:Mr|Mrs|Ms|Dr|Miss|Lady|Sir|Lord|Dame)\.?\s+)?(?!He\b|She\b|They\b|We\b|It\b"
    rf"|You\b){WORD}(?:\s+{WORD})?)\s+(?:{TAGS_EN})\b"
)
TITLE_CLOSING = frozenset("》〉")
CLOSED_QUOTE = frozenset("”’」』\"'﹂﹄")
CLAUSE_MARK = re.compile(rf"[{re.escape(''.join(sorted(NEVER_FIRST)) + OPENING + NEWLINES)}—\s\"']")
ROMAN = "ivxlcdm"
SHORT_HALT = 4


@dataclass(frozen=True)
class Stop:
    """A run of marks text[start:end] and what follows its closing marks: up to `closed`, then
    spaces up to `after`.
    """

    start: int
    end: int
    closed: int
    after: int
    # Of the next visible character: `after`, or in a wrapped text the beginning of the next line.
    place: int
    following: str  # the character there; "" where the line or the text ends
    glued: bool  # `following` stands right behind, without a space


def ends(text: str, stop: Stop, begun: int) -> bool:
    """Whether the sentence that began at `begun` ends with `stop`."""
    run = text[stop.start : stop.end]
    if run.strip(".．") == "":
        found = _dot_ends(text, stop)
    elif run.strip(ELLIPSIS) == "":
        found = not _trails_off(text, stop)
    else:
        found = _open_after(text, stop, firm=run[-1] in "。｡" and stop.end == stop.closed)
    if not found or not stop.following:
        return found
    return not _within_brackets(text, stop, begun) and not _quotation_goes_on(text, stop)


def _open_after(text: str, stop: Stop, firm: bool = False) -> bool:
    """Whether what follows can begin a sentence: not glued on (`?id=3`) and not in lower case
    (`"What?" he said`).
    """
    if not stop.following or CHINESE.match(stop.following):
        return True
    if (
        stop.glued
        and text[stop.closed - 1].isascii()
        and stop.following.isascii()
        and (stop.following.isalnum() or stop.following in "/_=&")
    ):
        return False
    return firm or not abbreviations.begins_lower(text, stop.place)


def _dot_ends(text: str, stop: Stop) -> bool:
    """Whether one or more full stops end a sentence: not in 4.0, Mr., e.g., J.

    R., U.S., file.txt or `1.`.
    """
    if stop.end - stop.start > 1:
        return _open_after(text, stop) and not text.startswith(("I ", "I'", "I’"), stop.place)
    before, bare = text[max(0, stop.start - 1) : stop.start], stop.closed == stop.end
    if bare and stop.glued and (stop.following.isalnum() or stop.following in "_/-"):
        # Only Chinese text glued to a full stop begins a sentence, and not a figure: 4.0, ４．０,
        # file.txt.
        if not CHINESE.match(stop.following) or stop.following.isdigit() or before.isdigit():
            return False
    end = text[max(0, stop.start - 2) : stop.start]
    in_word = len(end) == 2 and end.isalpha() and end.islower() and before not in ROMAN
    if not in_word and (
        abbreviations.is_list_number(text, stop.start)
        or abbreviations.is_chapter_number(text, stop.start)
    ):
        return False
    word = abbreviations.word_before(text, stop.start)
    if word and bare:
        return abbreviations.ends_after(word, text, stop.place, stop.following)
    return _open_after(text, stop)


def _trails_off(text: str, stop: Stop) -> bool:
    """Whether an ellipsis is a halt, not an end: “……我, 我……我, 可是……, a lower-case word or a mark
    behind it.
    """
    if not stop.following or stop.closed > stop.end:
        return abbreviations.begins_lower(text, stop.place)
    if abbreviations.begins_lower(text, stop.place) or stop.following in NEVER_FIRST:
        return True
    clause = text[max(0, stop.start - SHORT_HALT) : stop.start]
    return (
        len(clause) < SHORT_HALT or bool(CLAUSE_MARK.search(clause)) or clause[-1] == stop.following
    )


class Brackets:
    """Whether any bracket opens near before a stop, asked for from left to right: a quick look
    before `ends` is asked.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.free = 0  # up to here none opens in the sentence last asked about

    def open_before(self, begun: int, stop: int) -> bool:
        """Of a stop in the sentence that began at `begun`."""
        if stop <= self.free:
            return False
        found = OPEN_BRACKET.search(self.text, max(begun, self.free), stop + AHEAD)
        if found is not None and found.start() < stop:
            return OPEN_BRACKET.search(self.text, max(begun, stop - LOOK), stop) is not None
        self.free = found.start() if found else stop + AHEAD
        return False


def goes_on_behind_quote(text: str, place: int) -> bool:
    """Whether the Chinese text at `place`, right behind a closing quotation mark, goes on with the
    sentence: “怎么办？”的答案, “好。”他说，
    """
    return bool(
        GOES_ON.match(text, place) or (TAG_ENDS.match(text, place) and TAG.match(text, place))
    )


def _within_brackets(text: str, stop: Stop, begun: int) -> bool:
    """Whether the stop is inside brackets that stand inside the sentence: 他（真的吗？）走了, He
    (why?) left.
    """
    low = max(begun, stop.start - LOOK)
    for opening, closing in BRACKETS:
        at = text.rfind(opening, low, stop.start)
        if at < 0 or text.rfind(closing, at, stop.start) >= 0 or not text[begun:at].strip():
            continue
        if text[stop.closed - 1] == closing:
            return bool(CHINESE.match(stop.following)) or abbreviations.begins_lower(
                text, stop.place
            )
        return stop.closed == stop.end and 0 <= text.find(
            closing, stop.end, stop.end + LOOK
        ) < _line_end(text, stop.end)
    return False


def _line_end(text: str, position: int) -> int:
    """Where the line ends, at most LOOK characters on."""
    found = text.find("\n", position, position + LOOK)
    return found if found >= 0 else position + LOOK


def _quotation_goes_on(text: str, stop: Stop) -> bool:
    """Whether the sentence runs on behind the marks that close: 《走！》很好看, “怎么办？”的答案,
    “好。”他说，
    """
    closing = text[stop.end : stop.closed]
    if not closing:
        return False
    if closing[-1] in TITLE_CLOSING:
        return bool(CHINESE.match(stop.following))
    if closing[-1] not in CLOSED_QUOTE:
        return False
    if CHINESE.match(stop.following):
        return goes_on_behind_quote(text, stop.place)
    return text[stop.end - 1] in "!?！？" and bool(ENGLISH_TAG.match(text, stop.place))
