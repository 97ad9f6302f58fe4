"""Novels: quotes, the narration beside them, and who speaks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from studio.dialogue.characters.aliases import merged
from studio.dialogue.characters.table import Cast, Mention
from studio.dialogue.layouts.detect import SPOKE
from studio.dialogue.quotes.spans import Quote, find_quotes
from studio.dialogue.records import Character, Clue, Utterance
from studio.dialogue.speakers.attribute import attribute
from studio.dialogue.speakers.cues import Group, Language, Narration, find_clues, group, link_trust
from studio.dialogue.speakers.cues_en import English
from studio.dialogue.speakers.cues_zh import Chinese
from studio.dialogue.speakers.discovery import novel_names
from studio.dialogue.speakers.features import Features
from studio.dialogue.speakers.kinship import KinTable, is_epithet
from studio.dialogue.speakers.mentions import MentionIndex, Named, mentions_apart, resolve_pronouns
from studio.dialogue.speakers.scorer import Weights, load
from studio.dialogue.speakers.short_names import Shorts, short_mentions
from studio.dialogue.speakers.unsaid import was_not_said
from studio.progress import UNWATCHED, Watch
from studio.text.paragraphs import paragraphs
from studio.text.scripts import is_chinese
from studio.text.speech import VERBS_EN

QUOTED = 0.15  # confidence that a few marked words inside narration are speech
SHORT_ZH, SHORT_EN = 12, 5
SHOUTED = re.compile(r"[喝叫道说报喊嚷骂答]一?声$")
STOPS = re.compile(r"[。！？!?…—，,.;；:：~～-][_*)）]*$")


@dataclass(frozen=True)
class Reading:
    """A novel taken apart: its narration with the quotes in it, clues by quote, groups, features,
    marked words.
    """

    narration: Narration
    clues: list[list[Clue]]
    features: Features
    marked: list[Quote]
    chinese: bool

    @property
    def groups(self) -> list[Group]:
        """The groups of quotes that share a speaker."""
        return self.features.groups


def read_novel(
    text: str,
    characters: list[Character],
    weights: Weights | None = None,
    decided: Mapping[int, str | None] | None = None,
    watch: Watch = UNWATCHED,
) -> list[Utterance]:
    """The utterances of a novel: every quote with its speaker, as far as the evidence tells.

    weights: other than those that are shipped for the text's language. decided, watch: as in
    `find_utterances`.
    """
    narration, clues, groups, marked = _attributed(text, characters, weights, decided, watch)
    spoken = _utterances(narration, clues, groups)
    parts = narration.parts
    words = [
        Utterance(
            q.start,
            q.end,
            text[q.start : q.end],
            None,
            None,
            QUOTED,
            "quoted",
            parts[q.paragraph].scene,
            q.paragraph,
        )
        for q in marked
    ]
    return sorted([*spoken, *words], key=lambda u: u.start)


def _attributed(
    text: str,
    characters: list[Character],
    weights: Weights | None,
    decided: Mapping[int, str | None] | None,
    watch: Watch,
) -> tuple[Narration, list[list[Clue]], list[Group], list[Quote]]:
    """The narration, the clues by quote, the groups with their speakers, and the marked words. What
    else was read to choose the speakers is given up: of a long novel it is the largest part.
    """
    reading = take_apart(text, characters, decided, watch)
    attribute(reading.features, weights or load("zh" if reading.chinese else "en"), watch)
    return reading.narration, reading.clues, reading.groups, reading.marked


def take_apart(
    text: str,
    characters: list[Character],
    decided: Mapping[int, str | None] | None = None,
    watch: Watch = UNWATCHED,
) -> Reading:
    """Everything that is known before speakers are chosen."""
    chinese = is_chinese(text)
    parts = paragraphs(text)
    names = [name for person in characters for name in person.names]
    quotes = find_quotes(text, parts, watch, names)
    discovered, shorts = discover(text, Cast(characters), watch)
    cast = Cast(characters, discovered)
    mentions, short = cast_mentions(text, cast, shorts, quotes)
    language = Chinese(text, cast, short, shorts.ones) if chinese else English(text, cast)
    watch.at(0.1)
    marked = quoted_words(Narration(text, parts, quotes), language, chinese=chinese)
    labels = set(marked)
    narration = Narration(text, parts, [q for q in quotes if q not in labels])
    spans = [(q.left, q.right) for q in narration.quotes]
    outside, inside = mentions_apart(text, mentions, spans)
    del mentions  # those outside are copies
    watch.at(0.12)
    cast.learn_gender(text, outside)
    kinship = KinTable(text, MentionIndex(outside), cast)
    outside = sorted([*outside, *kinship.named(text, spans)], key=lambda mention: mention.start)
    clues = find_clues(narration, language, chinese=chinese, watch=watch)
    pronouns = resolve_pronouns(text, outside, spans, cast)
    watch.at(0.22)
    named = Named(outside, inside, pronouns, spans)
    features = Features(
        group(narration, clues),
        narration,
        language,
        cast,
        named,
        kinship,
        chinese=chinese,
        decided=decided,
    )
    return Reading(narration, clues, features, marked, chinese)


def discover(text: str, given: Cast, watch: Watch = UNWATCHED) -> tuple[list[Character], Shorts]:
    """Persons that the text names beside speech, and its names of one character. Next to a table, a
    description (`the girl`) is no person of its own; `the wary Jones` is Jones, and `the Knave` is
    the one Knave of the table."""
    counts, shorts = novel_names(text, watch)
    if not given.given:
        return merged(counts, text)[:300], shorts
    found = []
    for name, _ in counts.most_common(300):
        if given.resolve(name) is not None or is_epithet(name):
            continue
        if len(name) == 1 and given.ending(name) is not None:
            continue
        found.append(Character(given.shortened(name) or name, [name]))
    return found, shorts


def cast_mentions(
    text: str, cast: Cast, shorts: Shorts, quotes: list[Quote]
) -> tuple[list[Mention], list[Mention]]:
    """All mentions of the table's names in the text, and of them those by one character."""
    known = cast.find(text)
    if not shorts.full:
        return known, []
    narration = mentions_apart(text, known, [(q.left, q.right) for q in quotes])[0]
    short = short_mentions(text, shorts, cast, narration)
    taken = {mention.start for mention in short}
    rest = [mention for mention in known if mention.start not in taken]
    return sorted([*rest, *short], key=lambda mention: mention.start), short


def quoted_words(narration: Narration, language: Language, *, chinese: bool) -> list[Quote]:
    """Quotes that are a few marked words in a sentence of narration (a label, a nickname, a sound),
    not speech.
    """
    found = []
    for index, quote in enumerate(narration.quotes):
        body = narration.text[quote.start : quote.end]
        short = len(body) <= SHORT_ZH if chinese else len(body.split()) <= SHORT_EN
        low, high = narration.left(index)
        if was_not_said(narration.text, low, high):
            found.append(quote)
            continue
        if not chinese and STOPS.search(body) and language.left(low, high):
            continue  # `the King cackled out "Silence!" and read on`
        if short and quote.closed and _inside_sentence(narration, index, body, chinese=chinese):
            after = None if chinese else language.right(*narration.right(index))
            if after is None or after.method != "verb-name":
                found.append(quote)
    return found


def _inside_sentence(narration: Narration, index: int, body: str, *, chinese: bool) -> bool:
    """Whether the sentence around a short quote runs on as if the marks were not there."""
    (a, b), (c, d) = narration.left(index), narration.right(index)
    left, right = narration.text[a:b].rstrip().rstrip("([").rstrip(), narration.text[c:d].strip()
    if left[-1:] in ("：", ":"):
        return False
    if chinese:
        if STOPS.search(body) or (SHOUTED.search(left) and right[:1] not in ("字", "的")):
            return False
        return (left[-1:] not in ("", *"。！？!?…，,") and not SPOKE.search(left)) or right[
            :1
        ] in tuple("的地得这和与、")
    if not left or left[-1] in ".!?,;-—–" or left.split()[-1].lower() in VERBS_EN:
        return (
            not STOPS.search(body)
            and bool(left)
            and left[-1] not in ".!?"
            and bool(right)
            and right[0].islower()
        )
    return True


def _utterances(
    narration: Narration, clues: list[list[Clue]], groups: list[Group]
) -> list[Utterance]:
    found = []
    owner = {member: g for g in groups for member in g.members}
    for index, quote in enumerate(narration.quotes):
        g = owner[index]
        linked = g.own is not None and index != g.own and not clues[index]
        sure = g.confidence * (link_trust(narration, index) if linked else 1.0)
        found.append(
            Utterance(
                quote.start,
                quote.end,
                narration.text[quote.start : quote.end],
                g.speaker,
                g.addressee,
                round(sure, 3) if g.speaker else 0.0,
                "same-paragraph" if linked and g.speaker else g.method,
                g.scene,
                quote.paragraph,
                g.evidence,
                g.others,
            )
        )
    return found
