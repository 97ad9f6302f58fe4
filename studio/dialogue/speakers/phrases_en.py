"""English text: its words, sentences and noun phrases, and which words are verbs of speech."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from studio.dialogue.characters.validate import ARTICLE
from studio.dialogue.lexicon import ADVERBS_EN, NOT_NAMES_EN, STOP_EN, TITLES_EN
from studio.text.speech import DEEDS_EN, PARTICIPLES_EN, PHRASES_EN, VERBS_EN

WORD = re.compile(r"[^\W_]+(?:[’'.\-](?=[^\W_])[^\W_]+)*|[^\w\s]")
# Short forms before a name, and initials (but `said I.`), whose dot ends no sentence.
DOTTED = (
    "Mr Mrs Dr Ms St Capt Col Gen Maj Lieut Lt Sergt Sgt Cpl Prof Mme Mlle Messrs Rev Hon".split()
)
GIVEN = frozenset("jas wm chas geo thos jno robt edw saml benj alex fredk hy jos".split())
SENTENCE_END = re.compile(
    rf"(?:{''.join(rf'(?<!{chr(92)}b{short})' for short in DOTTED)}(?<!\b[A-HJ-Z])"
    r"[.!?;][)\]]*|--|—)(?=\s|$)"
)
DETERMINERS = frozenset("the a an his her my their our your one another this that".split())
PARTICLES = frozenset(
    "of de du des la le da di del della dos van von der den ter ten zu the".split()
)
PROGRESSIVE = frozenset("was is were been himself herself itself".split())
BETWEEN = 5  # words that may stand between a determiner and the name: `the ever watchful Jane`


@dataclass(frozen=True)
class Word:
    """One word or mark with its offset."""

    text: str
    start: int
    end: int

    @property
    def low(self) -> str:
        """Lower case."""
        return self.text.lower()


def words(text: str, start: int, end: int) -> list[Word]:
    """The words and marks of text[start:end]; underscores of emphasis are passed over."""
    return [Word(m.group(), m.start(), m.end()) for m in WORD.finditer(text, start, end)]


def sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence of text[start:end] that holds more than marks."""
    low = start
    for match in SENTENCE_END.finditer(text, start, end):
        if text[low : match.start()].strip(" \n\r\t-—,."):
            yield low, match.end()
        low = match.end()
    if text[low:end].strip(" \n\r\t-—,.()"):
        yield low, end


def is_verb(row: list[Word], at: int, *, beside: bool = False) -> bool:
    """Whether a word is a verb of speech here; `went`, `put`, `broke` only with their particle.

    beside: it touches the quote or its subject, where verbs of a deed speak too.
    """
    low = row[at].low
    if low in PHRASES_EN:
        return at + 1 < len(row) and row[at + 1].low in PHRASES_EN[low]
    return low in VERBS_EN or (beside and low in DEEDS_EN)


def like_verb(word: Word) -> bool:
    """Whether a word may be a verb of speech that no list has: `huffled`."""
    return len(word.text) > 4 and word.text.endswith("ed") and word.text.islower()


def verb_after(row: list[Word], at: int) -> int | None:
    """Index of a verb of speech that follows a subject, over adverbs only: `Tom at last said`, `Tom
    was saying`, `Tom found himself saying`.
    """
    if at < len(row) and row[at].low in ("found", "heard", "caught"):
        at += 2 if at + 1 < len(row) and row[at + 1].low.endswith("self") else 0
    for step in range(at, min(at + 4, len(row))):
        if is_verb(row, step, beside=True):
            return step
        if step and row[step].low in PARTICIPLES_EN and row[step - 1].low in PROGRESSIVE:
            return step
        if row[step].low not in ADVERBS_EN and not row[step].low.endswith("ly"):
            return None
    return None


def phrase_end(row: list[Word], at: int) -> int | None:
    """Index after a noun phrase that begins at a word: `the Mock Turtle`, `Mr. Bennet`, `his wife`;
    None if none does.
    """
    first = row[at]
    if first.low in DETERMINERS:
        return _after_determiner(row, at + 1)
    if not first.text[:1].isupper() or first.low in NOT_NAMES_EN - TITLES_EN:
        return None
    return _capitals(row, at)


def _after_determiner(row: list[Word], at: int) -> int | None:
    """The end of a phrase after its determiner: at the last capital of a run, else before a stop
    word or verb.
    """
    name = name_ahead(row, at)
    if name is not None:
        return _capitals(row, name)
    for step in range(at, min(at + 4, len(row))):
        if (
            not row[step].text[0].isalpha()
            or row[step].low in STOP_EN
            or row[step].low in ADVERBS_EN
            or is_verb(row, step)
        ):
            return step if step > at else None
        if step > at and row[step].low.endswith(("ing", "ly")):
            return step
    return min(at + 2, len(row)) if at < len(row) else None


def name_ahead(row: list[Word], at: int, *, commas: bool = False) -> int | None:
    """Index of the capital that follows words of description only: `weary Jane`, `now thoroughly
    frightened Kit`; None where another word comes first.

    commas: `gentle, patient Marian` too; behind a determiner a comma ends the description.
    """
    for step in range(at, min(at + BETWEEN, len(row))):
        word = row[step]
        if word.text[:1].isupper():
            return step if word.low not in STOP_EN else None
        if word.low in ADVERBS_EN and word.low not in VERBS_EN:
            continue
        if step > at and commas and word.text in (",", "and"):
            continue
        if not word.text[0].isalpha() or word.low in STOP_EN or is_verb(row, step):
            return None
        if step > at and word.low.endswith("ing"):
            return None
    return None


def _capitals(row: list[Word], at: int) -> int:
    """The end of a run of capitalised words, with `of`, `de`, `the` inside it and the dots of
    titles and initials.
    """
    end = at + 1
    while end < len(row):
        ahead = _particles_ahead(row, end)
        if row[end].text == "." and _dotted(row, end - 1, at) and (ahead or _name(row, end + 1)):
            end += 1
        elif ahead:
            end = ahead
        elif _name(row, end):
            end += 1
        else:
            break
    return end


def _dotted(row: list[Word], at: int, first: int) -> bool:
    """Whether the word before a dot is a title, an initial or a short first name."""
    word = row[at]
    initial = len(word.text.replace(".", "")) <= 2 and word.text.isupper()
    return word.low in TITLES_EN or initial or (at > first and word.low in GIVEN)


def _name(row: list[Word], at: int) -> bool:
    """Whether a word can go on with a name; behind a title `May` and `Will` can."""
    if at >= len(row) or not row[at].text[:1].isupper():
        return False
    dot = at > 1 and row[at - 1].text == "."
    return row[at - (2 if dot else 1)].low in TITLES_EN or row[at].low not in STOP_EN


def _particles_ahead(row: list[Word], at: int) -> int | None:
    """The index after a run of `van der`, `of`, `de la`, and the name that follows it, if one does.

    A title after `of` begins another person: `asked Ann of Mrs. May`.
    """
    start = at + 1 if row[at].text == "." else at
    end = start
    while end < len(row) and row[end].text.islower() and row[end].low in PARTICLES:
        end += 1
    if end == start or end - start > 3 or not _name(row, end):
        return None
    if row[start].low == "of" and row[end].low in TITLES_EN:
        return None
    return end + 1


def tidy(phrase: str) -> str:
    """A name read from the text: one space between words, a small article."""
    plain = " ".join(phrase.replace("_", "").split())
    match = ARTICLE.match(plain)
    return match.group().lower() + plain[match.end() :] if match else plain
