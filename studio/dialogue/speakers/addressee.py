"""To whom a group of quotes is said: candidates around it, once its speaker is chosen."""

from collections.abc import Callable, Sequence

from studio.dialogue.speakers.feature_rows import ELSE
from studio.dialogue.speakers.features import Features

Add = Callable[..., None]
REACH = 6  # groups on either side within which a listener may speak
NEAR = 700  # characters of narration before a group within which a listener may be named


def listeners(
    features: Features, index: int, speakers: Sequence[str | None], heard: Sequence[str | None]
) -> tuple[list[str | None], list[dict[str, float]]]:
    """Candidates for the addressee of group `index` with what speaks for each, as in
    `Features.rows`.

    speakers: the speaker of every group. heard: the addressees of the groups before this one.
    """
    group, speaker = features.groups[index], speakers[index]
    found: dict[str | None, dict[str, float]] = {}

    def add(name: str | None, feature: str, value: float = 1.0) -> None:
        if name is not None and name != speaker:
            parts = found.setdefault(name, {"someone": 1.0})
            parts[feature] = max(parts.get(feature, 0.0), value)

    _turns(features, index, speakers, heard, add)
    for clue in group.clues:
        add(clue.addressee, "told-to")
    calls = features.calls[index]
    for name in calls.names:
        add(name, "called")
    for name in calls.mentioned:
        add(name, "spoken-of")
    for name, value in features.kinship.usual(calls.kinship).items() if calls.kinship else ():
        add(name, "called-kin", value)
    _named(features, index, add)
    for candidate, parts in found.items():
        known = features.cast.gender.get(candidate) if candidate else None
        if calls.gender and known:
            parts["called-agrees" if known == calls.gender else "called-clashes"] = 1.0
        if candidate == features.narrator:
            parts["teller"] = 1.0
        if candidate in features.spoken:
            parts["speaks"] = 1.0
    found[ELSE] = {"nobody": 1.0}
    if (
        group.clue
        and group.clue.method.startswith("verb")
        and any("sel" in w for w in _beat(features, index).split()[:6])
    ):
        found[ELSE]["to-oneself"] = 1.0
    return list(found), list(found.values())


def _turns(
    features: Features,
    index: int,
    speakers: Sequence[str | None],
    heard: Sequence[str | None],
    add: Add,
) -> None:
    """Who speaks before and after, and whom the same speaker spoke to last."""
    group, speaker = features.groups[index], speakers[index]
    for way, label in ((-1, "before"), (1, "after")):
        others: list[str] = []
        for step in range(1, REACH + 1):
            other = index + way * step
            if not 0 <= other < len(speakers) or features.groups[other].scene != group.scene:
                break
            name = speakers[other]
            if name is None or name == speaker or name in others:
                continue
            others.append(name)
            add(name, f"speaks-{label}-{min(len(others), 3)}")
            if step == 1:
                add(name, f"next-{label}")
            if way < 0 and step == 1 and heard[other] == speaker:
                add(name, "asked-me")
    for step in range(1, REACH + 1):
        other = index - step
        if (
            other >= 0
            and speakers[other] == speaker
            and features.groups[other].scene == group.scene
        ):
            add(heard[other], "as-before")
            break


def _named(features: Features, index: int, add: Add) -> None:
    """Who is named in the narration around, as an object most of all."""
    group = features.groups[index]
    right = features.narration.right(group.members[-1])
    seen: list[str] = []
    for mention in features.outside.last(group.start, 12):
        if mention.start < group.start - NEAR or mention.name in seen:
            continue
        seen.append(mention.name)
        add(mention.name, f"named-{min(len(seen), 3)}")
        if mention.role == "object":
            add(mention.name, "object-before")
    for mention in features.outside.between(group.start, right[1]):
        add(mention.name, "object-after" if mention.role == "object" else "named-after")


def _beat(features: Features, index: int) -> str:
    low, high = features.narration.right(features.groups[index].members[-1])
    return features.narration.text[low : min(high, low + 60)]
