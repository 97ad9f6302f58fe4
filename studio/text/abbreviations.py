"""English words that end in a full stop, and the numbers of lists and chapters."""

import re

from studio.text.punctuation import CHINESE, NEWLINES, OPENING

WORD_BEFORE = re.compile(r"[A-Za-z][A-Za-z.]*\Z")
LONGEST_WORD = 16
# Before a name or an explanation: never an end.
BEFORE_NAMES = frozenset(
    "mr mrs ms messrs mme mlle dr prof rev hon sen rep gov gen col capt cmdr lt sgt maj pres "
    "supt adm insp mt ft e.g i.e cf vs viz approx al".split()
)
# Before a number: no end there, but "He told Ed. Then", "No. I will not".
BEFORE_NUMBERS = frozenset(
    (
        "no nos p pp vol vols ch chap sec sect art fig figs eq eqs par para pt bk ver op ex ed "
        "trans n ll"
    ).split()
)
# An end only if a new sentence plainly follows: before upper case, or in names only before a word
# that often begins one.
WEAK = frozenset("etc univ esq a.m p.m".split())
IN_NAMES = frozenset("inc ltd co corp bros dept jr sr st ave".split())
CALENDAR = frozenset(
    "Jan Feb Mar Apr Jun Jul Aug Sept Sep Oct Nov Dec "
    "Mon Tue Tues Wed Thu Thurs Fri Sat Sun".split()
)
STARTERS = re.compile(
    r"[\"'“‘(]*(?:The|This|That|These|Those|There|Then|They|It|He|She|We|You|I|If|In|On|At|As|A"
    r"|An|And|But|Or|So|For|From|"
    r"When|While|What|Where|Why|Who|How|His|Her|Its|Their|Our|My|Your|No|Not|Yes|One|Some|Many"
    r"|Most|All|After|Before|"
    r"Now|Here|However|Although|Though|Because|Since|Until|With|Without|Let|Let's)\b"
)
# All of them, in lower case.
ABBREVIATED = BEFORE_NAMES | BEFORE_NUMBERS | WEAK | IN_NAMES | {name.lower() for name in CALENDAR}
DAY = re.compile(r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|[A-Z]{2,4}\b")
LONGEST_NUMBER = 40
LINE_START = rf"(?:^|[{NEWLINES}])[ \t\u3000#*_>]*"
# "1.", "a.", "IV.", and the speaker of a play: "HAMLET."
LIST_NUMBER = re.compile(
    rf"{LINE_START}(?:\d{{1,4}}|[A-Za-z]|[IVXLC]{{1,6}}|[A-Z]{{3,}}(?:[ ][A-Z]{{2,}}){{0,2}})\Z"
)
CHAPTER_NUMBER = re.compile(
    (
        rf"{LINE_START}(?:chapter|book|part|volume|vol|act|scene|section|letter"
        rf"|canto)\s+(?:[ivxlcdm]{{1,8}}|\d{{1,4}})\Z"
    ),
    re.IGNORECASE,
)
ACRONYM = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]")


def word_before(text: str, dot: int) -> str:
    """The English word right before the full stop at `dot`, with its inner full stops; "" if there
    is none.
    """
    found = WORD_BEFORE.search(text, max(0, dot - LONGEST_WORD), dot)
    if not found or (
        found.start()
        and text[found.start() - 1].isalnum()
        and not CHINESE.match(text[found.start() - 1])
    ):
        return ""
    return found.group()


def ends_after(word: str, text: str, after: int, following: str) -> bool:
    """Whether the full stop behind `word` ends a sentence; text[after] is the next visible
    character `following`.
    """
    if not following:
        return True
    name = word.lower()
    upper = _begins_upper(text, after) or bool(CHINESE.match(following))
    if name in BEFORE_NAMES:
        return False
    if name in BEFORE_NUMBERS:
        return (
            not following.isdigit()
            and upper
            and (name in ("no", "art", "ed") or bool(STARTERS.match(text, after)))
        )
    if name in WEAK or word in CALENDAR:
        return upper and not (name.endswith(".m") and DAY.match(text, after))
    if (
        name in IN_NAMES
        or (len(word) == 1 and word.isupper() and word != "I")
        or ACRONYM.fullmatch(word)
    ):
        return bool(STARTERS.match(text, after))
    return not begins_lower(text, after)


def _begins_upper(text: str, after: int) -> bool:
    """Whether a word in upper case follows, behind opening marks."""
    for character in text[after : after + 4]:
        if character not in OPENING + "\"'_*":
            return character.isupper()
    return False


def begins_lower(text: str, place: int) -> bool:
    """Whether a word in lower case stands at `place`, also behind dashes and emphasis:
    "Really?--and when?".
    """
    for character in text[place : place + 5]:
        if character not in "-–—_*":
            return character.islower()
    return False


def is_list_number(text: str, dot: int) -> bool:
    """Whether only a number, a letter or a speaker's name stands between the line's start and this
    full stop.
    """
    return LIST_NUMBER.search(text, max(0, dot - LONGEST_NUMBER), dot) is not None


def is_chapter_number(text: str, dot: int) -> bool:
    """Whether the full stop belongs to a heading's number, as in `CHAPTER I. The Hall`."""
    return CHAPTER_NUMBER.search(text, max(0, dot - LONGEST_NUMBER), dot) is not None
