"""Which encoding from before Unicode a text is in, judged by what each candidate makes of its bytes
beyond ASCII.

Each candidate decodes the same sample; every character that is not ASCII is worth between 1 (as
common as the characters of that language's running text) and -1 (never seen in one), weighted by
the bytes it took. The candidate with the highest mean wins. The sample is made of the lines that
hold such bytes, wherever they stand in the file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from studio.text import eight_bit

SAMPLE_BYTES = 48 << 10
HIGH = re.compile(rb"[\x80-\xff]")
BEYOND = bytes(range(0x80, 0x100))
# In a longer line: from one byte beyond ASCII to the last that follows it closely. Two ASCII bytes
# in a row end a character in every one of these encodings, so that a piece that begins behind two
# of them begins with a character.
RUN = re.compile(
    rb"(?:(?<=[\x00-\x7f]{2})[\x00-\x7f])?[\x80-\xff]"
    rb"(?:[\x00-\x7f]{0,3}[\x80-\xff]){0,2000}[\x00-\x7f]{0,3}"
)
LONGEST_LINE = 1 << 14
# Characters so common that any page of Chinese holds many of them, in both scripts.
COMMON = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过"
    "发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本"
    "前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很"
    "最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度"
    "门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电"
    "数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马"
    "科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万"
    "取拉格望觉术领共确传师观清今切院让识候带导争运這個們來為國說時會對於著過發後裡種經麼學現當沒"
    "動還進樣開從實軍無與長機業關點將兩間問應戰頭體產話門員論處義幾條氣題爾變總電數報結務場計許統"
    "區隊馬書聽卻達強難權設記類據張該規萬覺術領確傳師觀讓識帶導爭運答笑哥爷娘哪啊吧呢吗您谁怎快跑"
    "坐站吃喝早晚夜春秋花风雨雪城街船桥屋房床桌灯火爺嗎誰風橋燈"
)
HANGUL = frozenset(
    "이다는에의을가고하지기은를도로어한사나자인리그수서대아시정있일들해보부스여니면상조만라전장주"
    "제원과게성오으소유중동국구무세신비마우연안실공습까요년생선문경미화모저분것될된했였았었네데때"
    "말못물방법보산살새속술식심아않알야양업없에역영예와용운위음입재적전점제조종주지질차처천체초출"
    "치크타터트파편표피하학할함합항해행현호화회후갔났났겠같갑녕세반친구학교어제그리고"
)
CYRILLIC = frozenset("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё")
# Of a Russian text these are 4 letters of 100: a word made of them alone is hardly Russian.
RARE_CYRILLIC = frozenset("жшюцщэфъё")
CYRILLIC_WORDS = frozenset("абвжикосуя")  # words of one letter
LETTERS = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿœßÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝŒ")
MARKS = frozenset("‘’“”–—…•«»°£¡¿©®€§·„‚™ºª")
WIDE_MARKS = frozenset("，。、：；？！“”‘’「」『』（）《》〈〉【】—…·～　〔〕")
SOME = 0.35  # a mean below it is no language that is told here
AMPLE, CLEAR = (
    12,
    0.2,
)  # characters, and lead over the next best, from which a guess is as good as known


@dataclass(frozen=True)
class Guess:
    """An encoding by Python's name. sure: enough characters spoke for it, and nothing else came
    near.
    """

    encoding: str
    sure: bool


def guess(data: bytes) -> Guess | None:
    """The encoding of a text that is not UTF-8; None where no candidate makes sense of it."""
    sample = sample_of(data)
    scored = sorted(
        (
            *((score(sample, encoding), encoding) for encoding in CANDIDATES),
            *((eight_bit.score(sample, encoding), encoding) for encoding in eight_bit.LANGUAGES),
        ),
        key=lambda one: -one[0][0],
    )
    (best, count), encoding = scored[0]
    if best >= SOME:
        ahead = best - next(
            (other[0] for other, name in scored[1:] if not _twins(name, encoding)), -1.0
        )
        told = encoding in CANDIDATES  # a letter here and there is all that tells the others
        return Guess(encoding, told and count >= AMPLE and ahead >= CLEAR)
    from charset_normalizer import from_bytes

    found = from_bytes(sample).best()
    return Guess(found.encoding, False) if found else None


def _twins(one: str, other: str) -> bool:
    """cp1251 and cp1252 have the same curly quotes: a text with no other mark is the same in
    both.
    """
    return {one, other} == {"cp1251", "cp1252"}


def sample_of(data: bytes) -> bytes:
    """At most 48 KB of the lines with bytes beyond ASCII; of very long lines, only the pieces
    around those bytes.
    """
    parts: list[bytes] = []
    size = 0
    for line in _lines(data):
        parts.append(line)
        size += len(line) + 1
        if size >= SAMPLE_BYTES:
            break
    return b"\n".join(parts)


def _lines(data: bytes) -> Iterator[bytes]:
    """The lines with bytes beyond ASCII, whole or in pieces."""
    at = 0
    while found := HIGH.search(data, at):
        start = data.rfind(b"\n", max(at, found.start() - LONGEST_LINE), found.start()) + 1
        end = data.find(b"\n", found.end(), found.end() + LONGEST_LINE)
        if (start or found.start() < LONGEST_LINE) and end >= 0 or len(data) <= LONGEST_LINE:
            start = max(start, at)
            end = end if end >= 0 else len(data)
            yield data[start:end]
            at = end + 1
        else:
            run = RUN.match(data, found.start())
            assert run
            yield run[0]
            at = run.end()


@lru_cache(maxsize=1)
def _ranks() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The characters that the national standards put first: GB 2312 level 1, Big5 level 1, JIS X
    0208 level 1.
    """

    def block(encoding: str, first: int, last: int, trails: range) -> frozenset[str]:
        text = (
            bytes((lead, trail)).decode(encoding, "ignore")
            for lead in range(first, last + 1)
            for trail in trails
        )
        return frozenset(c for c in "".join(text) if "\u4e00" <= c <= "\u9fff")

    pairs = range(0xA1, 0xFF)
    return (
        block("gb2312", 0xB0, 0xD7, pairs),
        block("big5", 0xA4, 0xC6, range(0x40, 0xFF)),
        block("euc_jp", 0xB0, 0xCF, pairs),
    )


def _han(level: int, c: str, rare: float) -> float:
    if c in COMMON:
        return 1.0
    return 0.4 if c in _ranks()[level] else rare


def _simplified(c: str) -> float:
    if "\u4e00" <= c <= "\u9fff":
        return _han(0, c, 0.1 if c.encode("gb2312", "ignore") else -0.5)
    return 0.7 if c in WIDE_MARKS else 0.2 if "\uff10" <= c <= "\uff5a" else -0.4


def _traditional(c: str) -> float:
    if "\u4e00" <= c <= "\u9fff":
        return _han(1, c, 0.05 if c.encode("big5", "ignore") else -0.5)
    return (
        0.7
        if c in WIDE_MARKS or "\ufe30" <= c <= "\ufe4f"
        else 0.2
        if "\uff10" <= c <= "\uff5a"
        else -0.4
    )


def _japanese(c: str) -> float:
    if "\u3041" <= c <= "\u3093":
        return 1.0
    if "\u30a1" <= c <= "\u30fc":
        return 0.8
    if "\u4e00" <= c <= "\u9fff":
        return 0.4 if c in _ranks()[2] else -0.1
    return 0.7 if c in WIDE_MARKS else 0.3 if "\uff10" <= c <= "\uff5a" else -0.5


def _korean(c: str) -> float:
    if "\uac00" <= c <= "\ud7a3":
        return (
            1.0
            if c in HANGUL
            else 0.35
            if c.encode("euc_kr", "ignore") and c not in HANGUL
            else -0.4
        )
    if "\u4e00" <= c <= "\u9fff":
        return 0.0
    return 0.6 if c in WIDE_MARKS else -0.4


def _western(c: str) -> float:
    return 0.9 if c in LETTERS else 0.8 if c in MARKS else -0.5


def _russian(c: str) -> float:
    if c in CYRILLIC:
        return 0.5 if c in RARE_CYRILLIC else 1.0
    return (
        0.5 if c.lower() in CYRILLIC else 0.7 if c in MARKS else 0.3 if c in "№іїєґўІЇЄҐЎ" else -0.6
    )


CANDIDATES = {
    "gb18030": _simplified,
    "big5hkscs": _traditional,
    "cp932": _japanese,
    "euc_jp": _japanese,
    "cp949": _korean,
    "cp1252": _western,
    "cp1251": _russian,
    "koi8_r": _russian,
    "cp866": _russian,
    "iso8859_5": _russian,
}
LATIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


def score(sample: bytes, encoding: str) -> tuple[float, int]:
    """(mean worth of the characters beyond ASCII, from -1 to 1; how many they are) as `encoding`
    reads the sample.
    """
    text = sample.decode(encoding, "replace")
    damaged = text.count("\ufffd")
    if damaged * 200 > max(len(text), 199):
        return -1.0, 0
    worth = CANDIDATES[encoding]
    single = worth in (_western, _russian)
    total = count = 0.0
    for place, c in enumerate(text):
        if c < "\x80":
            continue
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        value = (_placed if single else _between)(c, worth(c), before, after)
        total += value
        count += 1
    return (total / count if count else -1.0), int(count)


def _between(c: str, value: float, before: str, after: str) -> float:
    """A wide character inside a word of Latin letters ("It痴") is none."""
    beside = (before in LATIN if before else False) + (after in LATIN if after else False)
    return value if not beside or not c.isalpha() else -1.0 if beside == 2 else min(value, 0.3)


def _placed(c: str, value: float, before: str, after: str) -> float:
    """A letter of one script inside a word of another, a capital inside a word, and marks inside
    words count against.
    """
    if c in MARKS or not c.isalpha():
        inside = before.isalpha() and after.isalpha() and c not in "’·"
        return min(value, -0.3) if inside else value
    if "\u0400" <= c <= "\u04ff":
        if before in LATIN and before or after in LATIN and after:
            return -1.0
        alone = not (before.isalpha() or after.isalpha()) and c.lower() not in CYRILLIC_WORDS
        return -1.0 if alone or (c.isupper() and before.islower()) else value
    if c.isupper() and before.islower():
        return -0.5
    # French and Portuguese have two accents side by side at times, never three.
    beside = (before > "\x7f" and before.isalpha()) + (after > "\x7f" and after.isalpha())
    return value if not beside else 0.2 if beside == 1 else -0.6
