"""English narration beside a quote → who speaks: `said the King`, `Alice went on`, `the Cat said,
"…"`.
"""

import re
from dataclasses import replace
from functools import lru_cache

from studio.dialogue.characters.table import Cast
from studio.dialogue.lexicon import ADVERBS_EN, PRONOUNS_EN, TITLES_EN
from studio.dialogue.records import Clue
from studio.dialogue.speakers.beats_en import turned_to
from studio.dialogue.speakers.clauses_en import (
    CONTINUES,
    RELATIVE,
    can_act,
    is_object,
    is_subordinate,
)
from studio.dialogue.speakers.kinship import WORD_EN
from studio.dialogue.speakers.phrases_en import (
    DETERMINERS,
    SENTENCE_END,
    Word,
    is_verb,
    like_verb,
    name_ahead,
    phrase_end,
    sentences,
    tidy,
    verb_after,
    words,
)
from studio.dialogue.speakers.voices_en import VOICES, spoken_by, voice_after, voice_before
from studio.text.speech import DEEDS_EN, GESTURES_EN, LEADING_VERBS_EN, PARTICIPLES_EN, PHRASES_EN

IT = re.compile(r"(?:[,;]|\b(?:and|but|last|then))\s+$")
ROLE = re.compile(r"(?:[Tt]he|[Oo]ur)\s+(?:[a-z-]+\s+)?[a-z]+$")
ASIDE = re.compile(r",\s+(?:while|as|after|before|though)\s+$")
NOBODY = frozenset(
    (
        "the other|the others|the first|the second|the one|the rest|the same|the latter|the "
        "former|the whole|this one"
    ).split("|")
)
LEADS = frozenset("then so and but here now at when as".split())
TO = re.compile(r"\b(?:to|asked|told|answered|addressing|towards?|upon|at)\s+$")
REPORTS = frozenset(
    "that if whether how why what nothing something".split()
)  # `Jane replied that …` tells, and quotes nothing
ASKING = frozenset("asked asks inquired enquired demanded begged required queried".split())
# What a quote ends with where its sentence goes on behind it.
GOES_ON = frozenset(",!?-—–…")
CLOSING = tuple("”’\"'")
JOINS = frozenset("and but then so".split())
BEGINS = frozenset(
    "began begins beginning continued continues resumed spoke speaks replied replies answered "
    "answers said says explained went cried burst broke repeated added responded whispered "
    "murmured muttered shouted exclaimed".split()
)
AGAIN = frozenset("again thus so aloud on out once more first last at then now suddenly".split())
AFTER_TAG = frozenset("to at in with from as and when while again back out aloud".split())
VERB_AFTER, NAME_VERB, VERB_BEFORE, ANSWERED, SUBJECT, CARRIED = 0.97, 0.96, 0.93, 0.9, 0.62, 0.7
UNKNOWN_VERB = 0.8  # a word in the place of a verb of speech, which no list has


class English:
    """Clues in English narration.

    `name` answers whom a noun phrase means, or reads the phrase as a name.
    """

    def __init__(self, text: str, cast: Cast) -> None:
        self.text, self.cast = text, cast
        self.titled = lru_cache(maxsize=None)(cast.titled)

    def right(self, start: int, end: int) -> Clue | None:
        """The tag that follows a quote: verb then name, name then verb, or whose voice it was."""
        row = words(self.text, start, min(end, start + 240))
        while row and row[0].text in ",-—–":
            row = row[1:]
        if not row:
            return None
        if is_verb(row, 0, beside=True):
            return self._inverted(row)
        if clue := voice_after(row, self._subject_at):
            return self._with(clue, "verb-name", ANSWERED, row, 0)
        mark = self.text[max(0, start - 3) : start].strip("”’\"'_ »")[-1:]
        goes_on = mark in GOES_ON
        if goes_on and like_verb(row[0]) and (clue := self._inverted(row)):
            return replace(clue, confidence=UNKNOWN_VERB)
        subject = self._subject_at(row, 0)
        if subject is None:
            return None
        clue, after = subject
        verb = verb_after(row, after)
        if verb is not None:
            if mark == "." and row[verb].low in GESTURES_EN | DEEDS_EN:
                return None  # `"It is late." Ben nodded.`: a sentence of its own, by whomever
            reports = verb + 1 < len(row) and row[verb + 1].low in REPORTS
            return None if reports else self._with(clue, "name-verb", NAME_VERB, row, verb)
        if goes_on and after < len(row) and like_verb(row[after]) and _ends(row, after + 1):
            return self._with(clue, "name-verb", UNKNOWN_VERB, row, after)
        return None

    def left(self, start: int, end: int) -> Clue | None:
        """The clause that leads to a quote: `Alice said to the Cat, "` or `: "`."""
        sentence = self._last_sentence(start, end)
        if sentence is None:
            return self._begun(start, end) or turned_to(self.text, start, end, self.cast)
        begin, tail = sentence
        row = words(self.text, begin, end)
        led = tail in ",:-—" or not self.text[end - 1 : end].strip() and tail.isalpha()
        if not led:
            return None
        if clue := spoken_by(row, self._subject_at):
            return self._with(clue, "verb-before", VERB_BEFORE, row, len(row))
        spots = [
            i
            for i, w in enumerate(row)
            if is_verb(row, i)
            or w.low in LEADING_VERBS_EN
            or (w.low in PARTICIPLES_EN and i >= len(row) - 5)
        ]
        if not spots:
            clue = voice_before(row, self._subject_at)
            return self._with(clue, "verb-before", ANSWERED, row, len(row)) if clue else None
        behind = begin == start and self.text[start - 1 : start].strip() in CLOSING
        tag = self.right(start, end) if behind else None
        aside: Clue | None = None
        for spot in reversed(spots):
            clue = self._subject_before(row, spot)
            if clue is None:
                clue = self._inverted(row[spot:])
                if clue and not (clue.pronoun or clue.name in self.cast.gender):
                    clue = None
            if clue and spot != spots[0] and ASIDE.search(self.text, begin, clue.at):
                aside = (
                    aside or clue
                )  # `Ann called out, while Tom read, "`: the clause before tells
                continue
            if clue:
                # `"…," said Tom, when Ann had read it aloud, "…"` is still Tom's.
                return tag if tag and is_subordinate(self.text, clue.at, begin) else clue
        return aside or self._carried(start, begin, row)

    def _carried(self, start: int, begin: int, row: list[Word]) -> Clue | None:
        """The subject of the sentence before, where the clause with the verb has none."""
        clue = self.subject(max(start, begin - 400), begin, last=True)
        if clue is None:
            return None
        if self.text[start:begin].rstrip()[-1:] == ";" and row[0].low in JOINS:
            return replace(clue, method="verb-before", confidence=VERB_BEFORE - 0.15)
        return replace(clue, method="verb-carried", confidence=CARRIED)

    def _begun(self, start: int, end: int) -> Clue | None:
        """A whole sentence that only says that somebody now speaks: `Mrs. Hurst began again. "`."""
        pieces = list(sentences(self.text, start, end))
        if not pieces or self.text[start:end].rstrip()[-1:] != ".":
            return None
        row = [w for w in words(self.text, *pieces[-1]) if w.text != "."]
        if pieces[-1][0] == start and self.right(start, end):
            return None  # the tag of the quote before
        for at in range(len(row) - 1):
            found = self._subject_at(row, at)
            verb = verb_after(row, found[1]) if found else None
            rest = row[verb + 1 :] if verb is not None else []
            if found and verb is not None and verb >= len(row) - 4 and row[verb].low in BEGINS:
                if all(w.low in AGAIN or w.low.endswith("ly") for w in rest):
                    if not is_object(self.text, row[at].start, row[0].start):
                        return self._with(found[0], "verb-before", VERB_BEFORE - 0.1, row, verb)
        return None

    def subject(self, start: int, end: int, *, last: bool) -> Clue | None:
        """The grammatical subject of the first (or last) sentence of narration: who acts beside the
        quote.
        """
        pieces = list(sentences(self.text, start, end))
        if not pieces:
            return None
        low, high = pieces[-1] if last else pieces[0]
        row = words(self.text, low, high)
        for at in range(min(len(row), 14)):
            if at and row[at - 1].low in (
                "to",
                "at",
                "of",
                "with",
                "from",
                "by",
                "upon",
                "for",
                "her",
                "his",
            ):
                continue
            found = self._subject_at(row, at, known_only=True)
            if found:
                says = any(is_verb(row, i) for i in range(at + 1, len(row)))
                return Clue(
                    "says" if says else "subject",
                    SUBJECT,
                    found[0].name,
                    found[0].pronoun,
                    row[at].start,
                )
        return None

    def _inverted(self, row: list[Word]) -> Clue | None:
        """`said the King`, `thought poor Alice to herself`: the phrase after the verb."""
        at = 2 if len(row) > 1 and row[1].low in PHRASES_EN.get(row[0].low, ()) else 1
        if at == 1 and row[0].low in PHRASES_EN:
            return None
        while at < len(row) and (row[at].low in ADVERBS_EN or row[at].low in ("poor", "little")):
            at += 1
        if at < len(row) and row[at].text[:1].islower() and row[at].low not in DETERMINERS:
            at = name_ahead(row, at, commas=True) or at
        found = self._subject_at(row, at)
        if found is None:
            return None
        clue, after = found
        if row[0].low in ASKING:
            after = self._cut_of(row, at, after)
            clue = (self._subject_at(row[:after], at) or found)[0]
        clue = self._apposition(row, at, after) or clue
        return self._with(clue, "verb-name", VERB_AFTER, row, after)

    def _cut_of(self, row: list[Word], at: int, after: int) -> int:
        """`asked Ann of May`: who is asked is no part of the name of the one who asks."""
        low, high = row[at].start, row[after - 1].end
        cut = next((i for i in range(at + 1, after) if row[i].low == "of"), after)
        plain = row[at].low not in DETERMINERS and row[cut - 1].low not in TITLES_EN
        whole = any(m.end - m.start == high - low for m in self.cast.find(self.text, low, high))
        return cut if plain and not whole else after

    def _apposition(self, row: list[Word], at: int, after: int) -> Clue | None:
        """`that excellent man, Mr. Holt`: the name behind a description, where the tag ends."""
        if row[at].low not in DETERMINERS or after + 1 >= len(row) or row[after].text != ",":
            return None
        if row[after - 1].text[:1].isupper() or not row[after + 1].text[:1].isupper():
            return None
        found = self._subject_at(row, after + 1)
        return found[0] if found and found[0].name and _ends(row, found[1]) else None

    def _subject_at(
        self, row: list[Word], at: int, *, known_only: bool = False
    ) -> tuple[Clue, int] | None:
        """A pronoun, known name or noun phrase that begins at a word; with the index after it."""
        if at >= len(row):
            return None
        first = row[at]
        if first.low in PRONOUNS_EN and (first.low != "i" or first.text == "I"):
            following = row[at + 1].low if at + 1 < len(row) else ""
            if following not in ("'", "’"):
                return Clue("", 0, None, PRONOUNS_EN[first.low], first.start), at + 1
            return None
        after = phrase_end(row, at)
        if after is None:
            return None
        phrase = self.text[first.start : row[after - 1].end]
        if phrase.lower() in NOBODY:
            return None
        if phrase.endswith(("’s", "'s")):
            phrase = phrase[:-2]  # `said Fenn’s voice` is Fenn
        known = self._whom(phrase)
        if known is None and known_only and not WORD_EN.fullmatch(phrase):
            return None
        return Clue("", 0, known or tidy(phrase), None, first.start), after

    def _whom(self, phrase: str) -> str | None:
        """Whom a phrase means: `the mother of Tom` is not Tom, `the voice of Tom` is."""
        whole, of, owner = phrase.rpartition(" of ")
        if of and not self.cast.find(whole) and whole.split()[-1].lower() not in VOICES:
            if not any(m.end - m.start == len(phrase) for m in self.cast.find(phrase)):
                return None
        known = self.cast.resolve(phrase)
        if known is None and ROLE.match(phrase):
            return self.titled(phrase.split()[-1])
        return known

    def _touching(self, row: list[Word], verb: int) -> Clue | None:
        """The subject that touches a verb in the clause before a quote."""
        low = row[0].start
        for at in range(max(0, verb - 6), verb):
            found = (
                None
                if is_object(self.text, row[at].start, low) or self._closed(row, at, verb)
                else self._subject_at(row, at)
            )
            if found and verb_after(row, found[1]) == verb:
                return self._with(found[0], "verb-before", VERB_BEFORE, row, verb)
        return None

    def _subject_before(self, row: list[Word], verb: int) -> Clue | None:
        """The subject of a verb in the clause before a quote: the phrase that touches it, else the
        nearest known name or pronoun that is no object and stands in no brackets; of a participle
        behind a comma, the first."""
        low, high = row[0].start, row[verb].start
        if clue := self._touching(row, verb):
            return clue
        adds = row[verb].low in PARTICIPLES_EN and row[verb - 1].text == ","
        for earlier in range(verb - 1, 0, -1) if adds else ():
            if is_verb(row, earlier) and (clue := self._touching(row, earlier)):
                return clue
        spots = [
            (m.start, m.end, Clue("", 0, m.name, None, m.start))
            for m in self.cast.find(self.text, low, high)
        ]
        spots += [
            (w.start, w.end, Clue("", 0, None, PRONOUNS_EN[w.low], w.start))
            for w in row[:verb]
            if w.low in PRONOUNS_EN
            and w.low != "you"
            and (w.low != "i" or w.text == "I")
            and (w.low != "it" or IT.search(self.text, max(low, w.start - 8), w.start))
        ]
        spots += [
            (m.start(), m.end(), Clue("", 0, m.group(), None, m.start()))
            for m in WORD_EN.finditer(self.text, low, high)
            if RELATIVE.match(self.text, m.end(), high)
        ]
        near = sorted(spots, key=lambda spot: -spot[0])
        if adds:
            near = sorted(spots, key=lambda spot: (spot[2].pronoun == "p", spot[0]))
        for start, end, clue in near:
            if can_act(self.text, start, end, low, high):
                return self._with(clue, "verb-before", VERB_BEFORE - 0.08, row, verb)
        for start, _, clue in near:  # `…, when Mr. May, coming in, observed,`
            if CONTINUES.search(self.text, low, start):
                return self._with(clue, "verb-before", VERB_BEFORE - 0.15, row, verb)
        return self._opening_subject(row, verb)

    def _opening_subject(self, row: list[Word], verb: int) -> Clue | None:
        """A capitalised name, not in the table, with which the sentence begins."""
        at = 1 if row[0].low in LEADS else 0
        found = self._subject_at(row, at) if at < verb else None
        if (
            found is None
            or not found[0].name
            or found[1] > verb
            or not found[0].name.split()[-1][0].isupper()
        ):
            return None
        return self._with(found[0], "verb-before", VERB_BEFORE - 0.2, row, verb)

    def _closed(self, row: list[Word], at: int, verb: int) -> bool:
        """Whether a verb stands in a clause with `when`, `as` … that a comma closes before the
        quote's own comma.
        """
        if not is_subordinate(self.text, row[at].start, row[0].start):
            return False
        return any(w.text == "," for w in row[verb + 1 : -1])

    def _with(self, clue: Clue, method: str, sure: float, row: list[Word], at: int) -> Clue:
        """The clue with its rule, and whom the rest of the sentence says was spoken to."""
        return Clue(
            method, sure, clue.name, clue.pronoun, clue.at, self._addressee(row, at, clue.name)
        )

    def _addressee(self, row: list[Word], at: int, speaker: str | None) -> str | None:
        if at >= len(row):
            return None
        stop = next((w.start for w in row[at:] if w.text in ".!?;:"), row[-1].end)
        for mention in self.cast.find(self.text, row[at].start, stop):
            before = self.text[max(0, mention.start - 14) : mention.start]
            if mention.name != speaker and TO.search(before):
                return mention.name
        return None

    def _last_sentence(self, start: int, end: int) -> tuple[int, str] | None:
        """Start of the sentence that is still open where the quote begins, and its last mark."""
        body = self.text[start:end].rstrip()
        if not body or body[-1] in ".!?;)":
            return None
        ends = [m.end() for m in SENTENCE_END.finditer(body) if m.end() < len(body)]
        begin = max(ends[-1] if ends else 0, len(body) - 400)
        return start + begin, body[-1]


def _ends(row: list[Word], at: int) -> bool:
    """Whether the tag may end before a word: at a mark, an adverb or a preposition."""
    if at >= len(row) or not row[at].text[0].isalpha():
        return True
    return row[at].low in AFTER_TAG or row[at].low.endswith("ly")
