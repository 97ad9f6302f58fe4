"""A Chinese clause that leads to speech, read as subject, manner and verb: `瑜大惊曰` → 瑜,
`小林拱手道` → 小林.
"""

import re
from functools import lru_cache

from studio.dialogue.lexicon import (
    ADVERB_ZH,
    AFTER_NAME_ZH,
    BARE_TAG_ZH,
    LEAD_ZH,
    NO_HEAD_ZH,
    NOT_IN_NAME_ZH,
    NOT_NAMES_ZH,
    PRONOUN_ZH,
    SURNAMES_ZH,
)
from studio.dialogue.lexicon_zh import (
    DEEDS_ZH,
    DOUBLED_ZH,
    LONGEST_LISTENER,
    MANNER_FORMS,
    MANNER_ONE,
    MANNER_WORDS,
    NO_NAME_ZH,
    NO_SUBJECT_ONE,
    NOT_AFTER_ONE,
    SPOKEN_TO,
)
from studio.text.speech import SPEECH_ZH

LONGEST_NAME, LONGEST_PREDICATE = 4, 18
ONE, WORDS = frozenset(MANNER_ONE), frozenset(MANNER_WORDS)
LONGEST_WORD = max(map(len, WORDS))
FORMS = tuple(map(re.compile, MANNER_FORMS))
CHINESE = re.compile(r"[\u3400-\u9fff]+")
# A name of two characters by its make, so that any manner may follow it: `小林若无其事地说`.
MONK = re.compile(r"道[人士童长]|秀才")  # words that name, though their characters speak
TWO = re.compile(r"[小老阿][\u3400-\u9fff]")
ANY_MANNER = re.compile(r"[\u3400-\u9fff]{2,6}地(?=[\u3400-\u9fff])")
MODERN = re.compile("[了着过的他她它们到这那]")
FINAL = re.compile(rf"(?:{SPEECH_ZH.pattern}|[言讲])[了着]?$")
HEADS = (
    frozenset("大小老阿太先长上知进") | SURNAMES_ZH
)  # a name may begin so, whatever else they mean
NO_HEADS = (AFTER_NAME_ZH | frozenset(SPOKEN_TO)) - HEADS


def strip_lead(clause: str) -> int:
    """How many characters of `只见`, `却说`, `忽然` … and space stand before a clause's subject."""
    at = len(clause) - len(clause.lstrip())
    while match := LEAD_ZH.match(clause[at:]):
        if match.end() == 0:
            break
        at += match.end()
    return at


# Somebody without a name who comes in: `门外一个年轻人喊道`.
NEW_ZH = re.compile(r"一[个位名]$")
SOMEBODY_ZH = re.compile(
    r"(?:年轻|中年|陌生|带头|领头)人|(?:年轻|中年|陌生|上了年纪的|瘦高|矮胖|高大)?(?:男人|女人|男子|女子|妇人|汉子|小伙子|小伙|老头子|老头"
    r"|老太太|老太婆|老人家|老人|老者|老妇人|姑娘|小孩|孩子|男孩|女孩|少年|少女|后生|青年|伙计|士兵)"
)


def without_adverb(name: str) -> str:
    """A name without the adverb that was read as its end: `卢正忽然` is 卢正."""
    adverb = ADVERB_ZH.search(name, 1)
    name = name[: adverb.start()] if adverb else name
    return next((name[:at] for at in range(2, len(name)) if is_manner(name[at:])), name)


@lru_cache(maxsize=20_000)
def is_manner(words: str) -> bool:
    """Whether words are manner, gesture or verbs of speech from end to end: `大怒`, `拱手笑`."""
    return len(words) in _reached(words)


@lru_cache(maxsize=50_000)
def is_predicate(words: str) -> bool:
    """Whether words are what may stand between a subject and its speech, manner and a listener
    included: `大怒曰`, `笑谓荀攸曰`, `低声对他说`.
    """
    if not words or len(words) > LONGEST_PREDICATE:
        return False
    reached = _reached(words)
    if len(words) in reached:
        return True
    starts = [at for at in reached if at < len(words) and words[at] in SPOKEN_TO]
    starts += [at - 1 for at in reached if at and words[at - 1] in SPOKEN_TO]
    return any(
        FINAL.search(words) and is_manner(words[end:])
        for at in starts
        for end in range(at + 2, min(len(words), at + 2 + LONGEST_LISTENER))
    )


def _reached(words: str) -> set[int]:
    """The places in `words` up to which they are manner words without a gap; 0 is always one."""
    reached = {0}
    for at in range(len(words)):
        if at not in reached:
            continue
        if words[at] in ONE:
            reached.add(at + 1)
        for size in range(2, LONGEST_WORD + 1):
            if at + size <= len(words) and words[at : at + size] in WORDS:
                reached.add(at + size)
        for form in FORMS:
            if match := form.match(words, at):
                reached.add(match.end())
        if speech := SPEECH_ZH.match(words, at):
            reached.add(speech.end())
        if at and words[at] in "着了地":
            reached.add(at + 1)
    return reached


def may_be_subject(name: str, ones: frozenset[str] = frozenset()) -> bool:
    """Whether nothing in a name of 1 to 4 characters speaks against its being one.

    ones: single characters that are names in this text, though they are words elsewhere.
    """
    if len(name) == 1:
        return bool(CHINESE.fullmatch(name)) and (name not in NO_SUBJECT_ONE or name in ones)
    return not (
        not CHINESE.fullmatch(name)
        or name in NOT_NAMES_ZH
        or NO_NAME_ZH.search(name)
        or NOT_IN_NAME_ZH.search(MONK.sub("", name))
        or PRONOUN_ZH.search(name)
        or name[0] in NO_HEAD_ZH
        or (name[0] in NO_HEADS and not MONK.match(name))
        or any(c in AFTER_NAME_ZH for c in MONK.sub("", name)[1:])
        or (name[-1] == name[-2] and name not in DOUBLED_ZH)
        or is_manner(name)
    )


def subject_of(clause: str, ones: frozenset[str] = frozenset()) -> tuple[str, int]:
    """The subject of a clause that is nothing but subject, manner and verb of speech, and where it
    begins: the shortest that leaves manner and verb alone; ("", 0) if none does. ones: as in
    `may_be_subject`.
    """
    start = strip_lead(clause)
    body = clause[start:].rstrip("：:，, \u3000\r\n")
    for size in range(1, min(LONGEST_NAME, len(body) - 1) + 1):
        rest = body[size:]
        if TWO.fullmatch(body[:size]) and (manner := ANY_MANNER.match(rest)):
            rest = rest[manner.end() :]
        if size == 1 and rest[0] in NOT_AFTER_ONE:
            continue
        if is_predicate(rest) and may_be_subject(body[:size], ones):
            return body[:size], start
    return "", 0


def acting_subject(clause: str, ones: frozenset[str] = frozenset()) -> tuple[str, int]:
    """Who acts in a clause without speech, by a verb of deeds right behind 1 to 3 characters that
    may be a name, and where the name begins; ("", 0) if none. One character only in old prose,
    where nothing is modern in the clause."""
    start = strip_lead(clause)
    body = clause[start:]
    for size in (2, 3) if MODERN.search(body) else (1, 2, 3):
        name = body[:size]
        if len(body) > size + 1 and body[size] in DEEDS_ZH and may_be_subject(name, ones):
            return name, start
    return "", 0


def unknown_name(clause: str, ones: frozenset[str] = frozenset()) -> tuple[str, int]:
    """A name of 1 to 4 characters at the head of a clause that goes on with a verb of speech; ("",
    0) if none.
    """
    start = strip_lead(clause)
    somebody = SOMEBODY_ZH.match(clause, start) if NEW_ZH.search(clause, 0, start) else None
    if somebody and SPEECH_ZH.search(clause[somebody.end() : somebody.end() + 12]):
        return somebody.group(), start
    if (strict := subject_of(clause, ones))[0]:
        return strict
    bare = BARE_TAG_ZH.fullmatch(clause, start)
    if bare and not NOT_IN_NAME_ZH.search(bare[1]) and not NO_NAME_ZH.search(bare[1]):
        name = without_adverb(bare[1])
        usual = name not in NOT_NAMES_ZH and name[0] not in NO_HEAD_ZH
        if len(name) > 1 and usual and not is_manner(name):
            return name, start
    end = start
    while end < len(clause) and end - start < 6 and clause[end] not in AFTER_NAME_ZH:
        end += 1
    name = without_adverb(clause[start:end])
    end = start + len(name)
    if not 2 <= len(name) <= LONGEST_NAME or not CHINESE.fullmatch(name):
        return "", 0
    if (
        not SPEECH_ZH.search(clause[end : end + 12])
        or PRONOUN_ZH.search(name)
        or SPEECH_ZH.match(name)
        or NO_NAME_ZH.search(name)
        or name[0] in NO_HEADS & frozenset(SPOKEN_TO)
        or is_manner(name)
        or NOT_IN_NAME_ZH.match(name)
    ):
        return "", 0
    if (
        name[-1] == name[-2]
        or name in NOT_NAMES_ZH
        or name[0] in NO_HEAD_ZH
        or clause[end : end + 1] == "地"
    ):
        return "", 0
    return name, start
