"""A talk: lines that follow each other with little narration between. Who takes part in it shows in
lines further off than a step of the chain reaches.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import log1p

from studio.dialogue.speakers.cues import Group, Narration
from studio.dialogue.speakers.feature_rows import Table
from studio.dialogue.speakers.mentions import MentionIndex
from studio.dialogue.speakers.vocatives import Called

PAUSE = 250  # characters of narration between two lines that end a talk
REACH = 12  # lines on either side that are looked at
LEAD = 300  # characters of narration before a talk in which those who take part are named
MANY = 60  # groups of a text beyond which a person without a tag of his own hardly speaks
TOUCH = 3  # characters, spaces left out, between two lines that stand directly below each other


class Talks:
    """Reads from the lines around a group who takes part in the talk, and whose turn it is."""

    def __init__(
        self,
        groups: Sequence[Group],
        narration: Narration,
        kinds: Sequence[str],
        calls: Sequence[Called],
        outside: MentionIndex,
    ) -> None:
        self.groups, self.kinds, self.calls, self.outside = groups, kinds, calls, outside
        self.gaps = [self._gap(narration, index) for index in range(len(groups))]

    def _gap(self, narration: Narration, index: int) -> int | None:
        """Characters of narration before a group, None where no talk goes on there; -1 in the
        paragraph of the group before."""
        if not index:
            return None
        before, group = self.groups[index - 1], self.groups[index]
        if before.scene != group.scene or group.start - before.end > 2 * PAUSE:
            return None
        size = len("".join(narration.text[before.end : group.start].split()))
        if size > PAUSE:
            return None
        return -1 if before.paragraph == group.paragraph else size

    def around(self, index: int) -> tuple[int, int]:
        """The groups of the talk of a group, at most REACH on either side: first, last + 1."""
        low, high = index, index + 1
        while low > max(0, index - REACH) and self.gaps[low] is not None:
            low -= 1
        while high < min(len(self.groups), index + REACH + 1) and self.gaps[high] is not None:
            high += 1
        return low, high

    def fill(
        self,
        index: int,
        table: Table,
        tagged: Sequence[str | None],
        spoken: Mapping[str, int],
        narrator: str | None,
    ) -> None:
        """What the talk says for each candidate of a group. tagged, spoken: as in `Features`."""
        table.plain(self.calls[index].own, "introduces", 1.0)
        low, high = self.around(index)
        others = [i for i in range(low, high) if i != index]
        spoke = Counter(name for i in others if (name := tagged[i]))
        of = Counter(name for i in range(low, high) for name in self.calls[i].mentioned)
        to = Counter(name for i in others for name in self.calls[i].names)
        start = self.groups[low].start - LEAD
        acts = {
            mention.name
            for mention in self.outside.between(start, self.groups[high - 1].end)
            if mention.role == "subject"
        }
        for name in table.found:
            if name is None:
                continue
            table.both(name, "talk-spoke", log1p(spoke[name]))
            table.both(name, "talk-of", log1p(of[name]))
            table.both(name, "talk-to", log1p(to[name]))
            if name not in spoken and len(self.groups) > MANY:
                table.plain(name, "mute-called" if to[name] else "mute", 1.0)
            if name in acts:
                table.both(name, "talk-acts", 1.0)
        if narrator and not any(self.kinds[i] == "first" for i in range(low, high)):
            table.both(narrator, "teller-quiet", 1.0)
        for way in (-1, 1):
            self._turns(index, way, table, tagged)

    def _turns(self, index: int, way: int, table: Table, tagged: Sequence[str | None]) -> None:
        """The nearest tags before or after a line, where nothing but lines stands between: every
        second line is the same person's."""
        done: set[int] = set()
        for step, other in enumerate(self._touching(index, way), 1):
            side = step % 2
            pronoun = clue.pronoun if (clue := self.groups[other].clue) else None
            for who in self.calls[other].names:
                table.both(who, ("turn-calls", "turn-called")[side], 1.0 / step)
            if side in done or self.kinds[other] == "bare":
                continue
            done.add(side)
            label, near = ("turn", "other-turn")[side], 1.0 / step
            if name := tagged[other]:
                table.both(name, label, 1.0)
                table.plain(name, f"{label}-near", near)
            elif side == 0 and pronoun in ("m", "f"):
                for candidate in table.found:
                    known = table.gender(candidate)
                    if known:
                        fits = "agrees" if known == pronoun else "clashes"
                        table.both(candidate, f"turn-{fits}", 1.0)

    def _touching(self, index: int, way: int) -> Iterator[int]:
        for step in range(1, REACH + 1):
            other = index + way * step
            if not 0 <= other < len(self.groups):
                return
            gap = self.gaps[other if way > 0 else other + 1]
            if gap is None or not 0 <= gap <= TOUCH:
                return
            yield other
