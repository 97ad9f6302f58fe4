"""Who speaks in a text, before anybody has named them."""

from studio.dialogue.characters.aliases import merged
from studio.dialogue.characters.table import Cast
from studio.dialogue.layouts.detect import detect
from studio.dialogue.layouts.label_counts import label_counts
from studio.dialogue.records import Character, Found
from studio.dialogue.speakers.discovery import novel_counts


def find_characters(text: str, *, limit: int = 200) -> list[Found]:
    """Who speaks in a text, most lines first: script labels, or names beside verbs of speech.

    count: lines seen to be the person's own. gender: "m" or "f" where titles or pronouns give it
    away.
    aliases: other names of the same person, where form alone makes that safe.
    """
    kind = detect(text).kind
    counts = novel_counts(text) if kind in ("novel", "classical") else label_counts(text, kind)
    people = (
        merged(counts, text)[:limit]
        if kind in ("novel", "classical")
        else [Character(n) for n, _ in counts.most_common(limit)]
    )
    cast = Cast([], people)
    cast.learn_gender(text, cast.find(text))
    found = [
        Found(
            p.name,
            sum(counts[n] for n in p.names),
            cast.gender.get(p.name),
            tuple(n for n in p.aliases if n[0] not in "那这" or n[1:] not in p.names),
        )
        for p in people
    ]
    return [one for one in found if one.count]
