"""English text: its words, sentences and noun phrases, and which words are verbs of speech."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from studio.dialogue.characters.validate import ARTICLE
from studio.dialogue.lexicon import ADVERBS_EN, NOT_NAMES_EN, STOP_EN, TITLES_EN
from studio.text.speech import PHRASES_EN, VERBS_EN

WORD = re.compile(r"[^\W_]+(?:[’'.\-](?=[^\W_])[^\W_]+)*|[^\w\s]")
SENTENCE_END = re.compile(
    r"(?:(?<!\bMr)(?<!\bMrs)(?<!\bDr)(?<!\bMs)(?<!\bSt)[.!?;][)\]]*|--|—)(?=\s|$)"
)
DETERMINERS = frozenset("the a an his her my their our your one another this that".split())
PARTICLES = frozenset("of de la von van the and".split())


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


def is_verb(row: list[Word], at: int) -> bool:
    """Whether a word is a verb of speech here; `went`, `put`, `broke` only with their particle."""
    low = row[at].low
    if low in PHRASES_EN:
        return at + 1 < len(row) and row[at + 1].low in PHRASES_EN[low]
    return low in VERBS_EN or low in ("burst", "broke")


def verb_after(row: list[Word], at: int) -> int | None:
    """Index of a verb of speech that follows a subject, over adverbs only."""
    for step in range(at, min(at + 4, len(row))):
        if is_verb(row, step):
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
    for step in range(at, min(at + 4, len(row))):
        if row[step].text[:1].isupper() and row[step].low not in STOP_EN:
            return _capitals(row, step)
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


def _capitals(row: list[Word], at: int) -> int:
    """The end of a run of capitalised words, `of`, `de`, `the` inside it and the dot of a title
    included.
    """
    end = at + 1
    while end < len(row):
        word = row[end]
        title_dot = word.text == "." and row[end - 1].low in TITLES_EN
        inner = (
            word.low in PARTICLES - {"and"}
            and end + 1 < len(row)
            and row[end + 1].text[:1].isupper()
        )
        if not (title_dot or inner or (word.text[:1].isupper() and word.low not in STOP_EN)):
            break
        end += 1
    return end


def tidy(phrase: str) -> str:
    """A name read from the text: one space between words, a small article."""
    plain = " ".join(phrase.replace("_", "").split())
    match = ARTICLE.match(plain)
    return match.group().lower() + plain[match.end() :] if match else plain
