"""Who speaks in a text, before anybody has named them."""

from studio.dialogue.characters.aliases import merged
from studio.dialogue.characters.table import Cast
from studio.dialogue.layouts.detect import detect
from studio.dialogue.layouts.label_counts import label_counts
from studio.dialogue.records import Character, Found, Proposal
from studio.dialogue.speakers.discovery import novel_names
from studio.dialogue.speakers.same_person import suggestions
from studio.dialogue.speakers.short_names import Shorts
from studio.text.scripts import is_chinese


def find_characters(text: str, *, limit: int = 200) -> list[Found]:
    """Who speaks in a text, most lines first: script labels, or names beside verbs of speech.

    count: lines seen to be the person's own. gender: "m" or "f" where titles or pronouns give it
    away.
    aliases: other names of the same person, where form alone makes that safe. proposed: names that
    may be theirs too, the one character by which old prose calls them among these.
    """
    kind = detect(text).kind
    prose = kind in ("novel", "classical")
    counts, shorts = novel_names(text) if prose else (label_counts(text, kind), Shorts())
    people = (
        merged(counts, text)[:limit]
        if prose
        else [Character(n) for n, _ in counts.most_common(limit)]
    )
    cast = Cast([], people)
    cast.learn_gender(text, cast.find(text))
    proposed: dict[str, list[Proposal]] = {}
    for name, other in suggestions(text, people) if prose and is_chinese(text) else ():
        proposed.setdefault(name, []).append(other)
    for short, names in sorted(shorts.full.items()):
        if len(names) == 1 and (owner := cast.owner(names[0])) is not None:
            proposed.setdefault(owner, []).append(Proposal(short, "short"))
    found = [
        Found(
            p.name,
            sum(counts[n] for n in p.names),
            cast.gender.get(p.name),
            tuple(n for n in p.aliases if n[0] not in "那这" or n[1:] not in p.names),
            tuple(proposed.get(p.name, ())),
        )
        for p in people
    ]
    return [one for one in found if one.count]
