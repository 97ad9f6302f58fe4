"""Whom a line of speech calls: names used as forms of address, and words that give away the
listener's gender.
"""

import re
from dataclasses import dataclass

from studio.dialogue.characters.table import Mention
from studio.dialogue.speakers.kinship import kin_called

OPENS_EN = re.compile(
    r"(?:^|[,.!?;:—–-]\s*|\b(?:[Oo]h|[Aa]h|[Yy]es|[Nn]o|[Ww]ell|[Cc]ome|[Nn]ow|[Ww]hy|[Oo]|[Aa]nd"
    r"|[Bb]ut),?\s+)(?:[Mm]y\s+|[Dd]ear(?:est)?\s+|[Pp]oor\s+|[Oo]ld\s+|[Gg]ood\s+)*$"
)
CLOSES_EN = re.compile(r"\s*(?:[,.!?;:—–-]|dear\b|$)")
OPENS_ADDRESS = (
    r"(?:^|[,.!?;:—–-]\s*|\b(?:oh|ah|yes|no|well|why|my|dear(?:est)?|poor|good)[\s,]+)"
    r"(?:(?:my|dear(?:est)?|poor|good)\s+)*"
)
CLOSES_ADDRESS = r"(?=\s*(?:[,.!?;:—–-]|$))"
OPENS_ZH = re.compile(r"(?:^|[，。！？…、；：~—～\s]|[啊呀哎唉嗨喂])$")
CLOSES_ZH = re.compile(r"(?:[，,。！!？?：:…、～~—]|[啊呀哪哟呵哩]?[，！？。]|$)")
# Words that are said to a listener wherever they stand, and those that are only so between marks:
# `Yes, sister.`, not `his sister came`.
MALE_CALL = re.compile(
    r"\b(?:sir|mister|gentlemen|my lord|your majesty|your honou?r|old (?:man|fellow|chap|boy)"
    r"|my (?:boy|man|son|lad|dear fellow|dear sir))\b"
    rf"|{OPENS_ADDRESS}(?:papa|father|uncle|brother){CLOSES_ADDRESS}"
    r"|(?:^|[，。！？…、；：—])(?:[大二三四五六老他我你]{0,2}(?:爸爸?|爹爹?|哥哥?|弟弟?|叔叔?"
    r"|伯伯?|舅舅?|爷爷?|爸|兄弟?|大爷|老汉|姐夫|妹夫)|先生|老爷|少爷|公子|大人|陛下|皇上|师父"
    r"|大王|和尚|老兄|小伙子|小子)(?:[啊呀哪哟呵]?[，。！？…：、—]|$)",
    re.IGNORECASE,
)
FEMALE_CALL = re.compile(
    r"\b(?:ma.?am|madam|your ladyship|my (?:girl|daughter|lady|dear girl|dear miss|dear madam))\b"
    rf"|{OPENS_ADDRESS}(?:mamm?a|mother|aunt|auntie|sister|lady|miss(?:\s+[a-z]+)?){CLOSES_ADDRESS}"
    r"|(?:^|[，。！？…、；：—])(?:[大二三四五六老他我你]{0,2}(?:妈妈?|娘|姐姐?|妹妹?|婶婶?|嫂子?"
    r"|姑姑?|姨姨?|奶奶?|大娘|妹子|弟媳妇?)|小姐|夫人|太太|姑娘|娘娘|女士|奶奶|婆婆|丫头"
    r"|闺女)(?:[啊呀哪哟呵]?[，。！？…：、—]|$)",
    re.IGNORECASE,
)


MYSELF_EN = re.compile(
    r"\b(?:I am|I[’']m|[Mm]y name is|[Mm]y name[’']s|[Ii]t is I, |[Cc]all me|they call me)\s+$"
)
# `“Mr. Hall,” said the little man. “That is my name.”`
FIRST_WORD = re.compile(r"[“\"'‘\s]*(?:(?:Mr|Mrs|Miss|Ms|Dr|Captain|Colonel|Major|Sir)\.?\s+)?")
MY_NAME = re.compile(
    r"[,.](?:[”\"][^“\"]{1,60}[“\"])?\s*(?:[Tt]hat[’' i]+s my name|is my name|at your service)"
)
MYSELF_ZH = re.compile(
    r"(?:我(?:就是|是|叫|名叫|的名字[是叫]|乃|便是)|在下(?:就是|是|乃)?|[吾某俺]乃|小弟(?:是|乃)?|贫道乃?|老夫乃?)$"
)


@dataclass(frozen=True, slots=True)
class Called:
    """Who is named in a line: called by name, named otherwise, and who gives his own name (`I am
    Tom`); gender or kinship of the one called, when a word tells."""

    names: tuple[str, ...] = ()
    mentioned: tuple[str, ...] = ()
    own: str | None = None
    gender: str | None = None
    kinship: str | None = None


def called(
    text: str, spans: list[tuple[int, int]], mentions: list[Mention], *, chinese: bool
) -> Called:
    """Read the speech text[start:end] of each span; `mentions` are the names inside them."""
    names: list[str] = []
    others: list[str] = []
    own: str | None = None
    for mention in mentions:
        span = next((s for s in spans if s[0] <= mention.start < s[1]), None)
        if span is None:
            continue
        before, after = (
            text[max(span[0], mention.start - 24) : mention.start],
            text[mention.end : min(span[1], mention.end + 8)],
        )
        if _introduces(text, span, mention, chinese=chinese):
            own = own or mention.name
            continue
        opens, closes = (OPENS_ZH, CLOSES_ZH) if chinese else (OPENS_EN, CLOSES_EN)
        is_call = bool(opens.search(before) and closes.match(after))
        (names if is_call else others).append(mention.name)
    kept = tuple(dict.fromkeys(names))
    return Called(
        kept,
        tuple(n for n in dict.fromkeys(others) if n not in kept),
        own,
        _gender(text, spans),
        _kinship(text, spans),
    )


def _introduces(text: str, span: tuple[int, int], mention: Mention, *, chinese: bool) -> bool:
    """Whether a line names its own speaker: `My name is Tom`, `Tom Hall, at your service`."""
    before = text[max(span[0], mention.start - 24) : mention.start]
    if chinese:
        return bool(MYSELF_ZH.search(before)) and bool(CLOSES_ZH.match(text, mention.end, span[1]))
    if MYSELF_EN.search(before) and CLOSES_EN.match(text, mention.end, span[1]):
        return True
    after = text[mention.end : mention.end + 80]
    return bool(FIRST_WORD.fullmatch(before)) and bool(MY_NAME.match(after))


def _gender(text: str, spans: list[tuple[int, int]]) -> str | None:
    male = any(MALE_CALL.search(text[a:b]) for a, b in spans)
    female = any(FEMALE_CALL.search(text[a:b]) for a, b in spans)
    return None if male == female else "m" if male else "f"


def _kinship(text: str, spans: list[tuple[int, int]]) -> str | None:
    return next((word for a, b in spans if (word := kin_called(text[a:b]))), None)
