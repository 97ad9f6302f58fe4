"""Descriptions that stand for a person of the story: `her mother`, `the detective`, `他母亲`, and
whom they fit.

Whom `mother` means is read from the text itself: who is named near those words more often than
elsewhere.
"""

import re
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from math import log

from studio.dialogue.characters.table import Cast, Mention, title_gender
from studio.dialogue.speakers.mentions import MentionIndex, apart, role

OWNER = re.compile(r"(?:his|her|my|our|their)\s", re.IGNORECASE)
FEMALE_ZH = frozenset("母亲 妻子 姐 妹 奶奶 外婆 女儿 嫂子 婶婶".split())
MALE_ZH = frozenset("父亲 丈夫 哥 弟 爷爷 外公 儿子 姐夫 妹夫 侄子 外甥 舅舅 叔叔 老汉".split())
FEMALE = frozenset(
    (
        "wife daughter niece ladyship grandmother girl woman lady mamma mama hostess maid "
        "housekeeper landlady nurse widow waitress actress governess madame nun"
    ).split()
)
MALE = frozenset(
    "husband son nephew lordship grandfather boy man gentleman papa host fellow lad chap "
    "landlord waiter priest monk butler footman coachman".split()
)
HEADS_EN = (
    "mother father wife husband sister brother aunt uncle cousin daughter son niece nephew "
    "ladyship lordship friend companion master mistress grandmother grandfather mamma papa "
    "lady"
).split()
SAME = {
    "mamma": "mother",
    "mama": "mother",
    "papa": "father",
    "lady": "wife",
    "妈妈": "母亲",
    "妈": "母亲",
    "娘": "母亲",
    "爸爸": "父亲",
    "爸": "父亲",
    "爹": "父亲",
    "老婆": "妻子",
    "媳妇": "妻子",
    "婆姨": "妻子",
    "男人": "丈夫",
    "哥哥": "哥",
    "弟弟": "弟",
    "姐姐": "姐",
    "妹妹": "妹",
}
HEADS_ZH = (
    "母亲 父亲 妻子 丈夫 妈妈 爸爸 哥哥 弟弟 姐姐 妹妹 奶奶 爷爷 外婆 外公 老婆 媳妇 婆姨 "
    "儿子 女儿 嫂子 姐夫 妹夫 侄子 外甥 舅舅 叔叔 婶婶 老汉 朋友 同伴 师父 徒弟 妈 爸 爹 娘 "
    "哥 弟 姐 妹"
).split()
BARE_ZH = frozenset(HEADS_ZH)
# 娘娘, 婆婆 and 公公 are titles.
SUBJECT_ZH = re.compile(
    rf"(?<![娘婆大皇])(?:{'|'.join(HEADS_ZH)})(?![们的家妈爸爹娘哥姐弟妹亲父母子儿女])"
)
WORD_EN = re.compile(
    rf"\b(?:his|her|my|our|their)\s+(?:\w+\s+)?(?P<head>{'|'.join(HEADS_EN)})\b", re.IGNORECASE
)
WORD_ZH = re.compile(rf"(?:[他她我咱]们?的?|的)(?P<head>{'|'.join(HEADS_ZH)})")
CALL_EN = re.compile(
    (
        r"(?:^|[,.!?;—-]\s*|\b(?:oh|my|dear|no|yes)\W+)(?P<head>mamm?a|papa|mother|father|aunt"
        r"|uncle|cousin|sister|brother)(?=\s*[,.!?;—-])"
    ),
    re.IGNORECASE,
)
CALL_ZH = re.compile(
    r"(?:^|[，。！？…])(?P<head>妈妈?|爸爸?|爹|娘|哥哥?|姐姐?|弟弟?|妹妹?|奶奶|爷爷|师父"
    r"|嫂子)(?=[，。！？…])"
)
BLOCK, LEAST = 3000, 2  # characters around such words, and occurrences that are enough to judge by
CLEAR = 0.55  # how well the second best may fit, beside the best, for a word to mean the best


def is_epithet(name: str) -> bool:
    """Whether an English name is a description in small letters: `the detective`, `the old man`."""
    return name.isascii() and name.split()[-1][:1].islower()


def is_kin(name: str, cast: Cast) -> bool:
    """`her mother`, `his friend`, and beside a table of persons also `the detective`: somebody of
    the story whom only the context can name."""
    if name in cast.gender:
        return False
    return bool(OWNER.match(name)) or name in BARE_ZH or (bool(cast.given) and is_epithet(name))


def kin_gender(phrase: str) -> str | None:
    """The gender that a word of kinship gives away."""
    words = set(phrase.casefold().split()) | {_same(phrase)}
    if words & (FEMALE | FEMALE_ZH):
        return "f"
    if words & (MALE | MALE_ZH):
        return "m"
    return title_gender([phrase])


def kin_head(phrase: str) -> str | None:
    """The kinship in a phrase, one word for all that mean the same: `her dear mamma` → `mother`."""
    if phrase in BARE_ZH:
        return _same(phrase)
    match = WORD_EN.search(phrase)
    return _same(match["head"]) if match else None


def kin_called(line: str) -> str | None:
    """The kinship by which a line addresses its listener: `Oh, mamma!` → `mother`."""
    match = CALL_EN.search(line) or CALL_ZH.search(line)
    return _same(match["head"]) if match else None


def _same(head: str) -> str:
    word = head.casefold()
    return SAME.get(word, word)


def _each_once(mentions: list[Mention]) -> list[str]:
    """The names in the order of the text, so that equals come out the same in every run."""
    return list(dict.fromkeys(mention.name for mention in mentions))


class KinTable:
    """Whom words of kinship mean in one text, by who is named around them more often than
    elsewhere.
    """

    def __init__(self, text: str, outside: MentionIndex, cast: Cast) -> None:
        self.cast, self.blocks = cast, max(1, len(text) // BLOCK)
        self.presence: Counter[str] = Counter()
        for at in range(self.blocks):
            self.presence.update(_each_once(outside.between(at * BLOCK, (at + 1) * BLOCK)))
        self.near: dict[str, Counter[str]] = {}
        self.times: Counter[str] = Counter()
        self.words = sorted(
            (*WORD_EN.finditer(text), *WORD_ZH.finditer(text)), key=lambda match: match.start()
        )
        for match in self.words:
            head = _same(match["head"])
            self.times[head] += 1
            middle = match.start()
            around = _each_once(outside.between(middle - BLOCK // 2, middle + BLOCK // 2))
            self.near.setdefault(head, Counter()).update(around)
        self.usual = lru_cache(maxsize=None)(self._usual)

    def named(self, text: str, spans: list[tuple[int, int]]) -> list[Mention]:
        """Words of kinship in narration, outside the spans, as mentions of the person whom they
        clearly mean.
        """
        found = []
        for match in apart(self.words, spans):
            usual = self.usual(_same(match["head"]))
            clear = sorted(usual, key=lambda name: -usual[name])[:2]
            if clear and (len(clear) == 1 or usual[clear[1]] <= CLEAR):
                plain = Mention(match.start(), match.end(), clear[0])
                found.append(replace(plain, role=role(text, plain)))
        return found

    def _usual(self, head: str) -> dict[str, float]:
        """{name: 0 to 1}: how well each fits the head; 1 for the one who fits best, and only of its
        gender.
        """
        times = self.times[head]
        if times < LEAST:
            return {}
        gender, scores = kin_gender(head if head in BARE_ZH else f"her {head}"), {}
        for name, seen in self.near.get(head, {}).items():
            if gender and self.cast.gender.get(name) not in (gender, None):
                continue
            expected = times * self.presence[name] / self.blocks
            scores[name] = (
                seen
                * max(0.0, log((seen + 1.0) / (expected + 1.0)))
                * self.cast.station(name, head)
            )
        best = max(scores.values(), default=0.0)
        return (
            {name: score / best for name, score in scores.items() if score > 0.1 * best}
            if best > 0
            else {}
        )
