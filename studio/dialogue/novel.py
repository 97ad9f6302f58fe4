"""Novels: quotes, the narration beside them, and who speaks."""

import re

from studio.dialogue.attribute import Attribution
from studio.dialogue.candidates import is_epithet, novel_counts
from studio.dialogue.cast import Cast, MentionIndex
from studio.dialogue.chinese import Chinese
from studio.dialogue.clues import Group, Language, Narration, find_clues, group, link_trust
from studio.dialogue.english import English
from studio.dialogue.layout import SPOKE
from studio.dialogue.lines import is_chinese, paragraphs
from studio.dialogue.mentions import mentions_apart
from studio.dialogue.quotes import Quote, find_quotes
from studio.dialogue.records import Character, Clue, Utterance
from studio.dialogue.words import VERBS_EN

QUOTED = 0.15  # confidence that a few marked words inside narration are speech
SHORT_ZH, SHORT_EN = 12, 5
STOPS = re.compile(r"[。！？!?…—，,.;；:：~～-][_*)）]*$")


def read_novel(text: str, characters: list[Character]) -> list[Utterance]:
    """The utterances of a novel: every quote with its speaker, as far as the rules can tell."""
    chinese = is_chinese(text)
    parts = paragraphs(text)
    quotes = find_quotes(text, parts)
    cast = Cast(characters, _discovered(text, beside_table=bool(characters)))
    language = Chinese(text, cast) if chinese else English(text, cast)
    marked = set(quoted_words(Narration(text, parts, quotes), language, chinese=chinese))
    narration = Narration(text, parts, [q for q in quotes if q not in marked])
    outside, inside = mentions_apart(text, cast.find(text), [(q.left, q.right) for q in narration.quotes])
    cast.learn_gender(text, outside)
    clues = find_clues(narration, language, chinese=chinese)
    groups = group(narration, clues)
    Attribution(
        groups, narration, language, cast, MentionIndex(outside), MentionIndex(inside), chinese=chinese
    ).run()
    spoken = _utterances(narration, groups, clues)
    words = [_make(text, q, None, None, QUOTED, "quoted", parts[q.paragraph].scene) for q in marked]
    return sorted([*spoken, *words], key=lambda u: u.start)


def _discovered(text: str, *, beside_table: bool) -> list[Character]:
    """Persons that the text names beside speech; next to a table, a description must come three times."""
    return [
        Character(name) for name, n in novel_counts(text).most_common(300)
        if not (beside_table and n < 3 and is_epithet(name))
    ]


def quoted_words(narration: Narration, language: Language, *, chinese: bool) -> list[Quote]:
    """Quotes that are a few marked words in a sentence of narration (a label, a nickname, a sound), not speech."""
    found = []
    for index, quote in enumerate(narration.quotes):
        body = narration.text[quote.start:quote.end]
        short = len(body) <= SHORT_ZH if chinese else len(body.split()) <= SHORT_EN
        if short and quote.closed and _inside_sentence(narration, index, body, chinese=chinese):
            after = None if chinese else language.right(*narration.right(index))
            if after is None or after.method != "verb-name":
                found.append(quote)
    return found


def _inside_sentence(narration: Narration, index: int, body: str, *, chinese: bool) -> bool:
    """Whether the sentence around a short quote runs on as if the marks were not there."""
    (a, b), (c, d) = narration.left(index), narration.right(index)
    left, right = narration.text[a:b].rstrip(), narration.text[c:d].strip()
    if left[-1:] in ("：", ":"):
        return False
    if chinese:
        if STOPS.search(body):
            return False
        return (left[-1:] not in ("", *"。！？!?…，,") and not SPOKE.search(left)) or right[:1] in tuple("的地得这和与、")
    if not left or left[-1] in ".!?,;-—–" or left.split()[-1].lower() in VERBS_EN:
        return not STOPS.search(body) and bool(left) and left[-1] not in ".!?" and bool(right) and right[0].islower()
    return True


def _utterances(narration: Narration, groups: list[Group], clues: list[Clue | None]) -> list[Utterance]:
    owner = {member: g for g in groups for member in g.members}
    found = []
    for index, quote in enumerate(narration.quotes):
        g = owner[index]
        linked = g.own is not None and index != g.own and clues[index] is None
        sure = g.confidence * (link_trust(narration, index) if linked else 1.0)
        method = "same-paragraph" if linked and g.speaker else g.method
        found.append(_make(narration.text, quote, g.speaker, g.addressee, round(sure, 3), method, g.scene))
    return found


def _make(text: str, quote: Quote, speaker: str | None, addressee: str | None, sure: float, method: str, scene: int) -> Utterance:
    return Utterance(
        quote.start, quote.end, text[quote.start:quote.end], speaker, addressee, sure if speaker or method == "quoted" else 0.0,
        method, scene, quote.paragraph,
    )
