"""From one group of quotes to the next: what speaks for the same speaker, and for taking turns."""

from collections.abc import Sequence

from studio.dialogue.speakers.cues import Group, Narration, is_tale
from studio.dialogue.speakers.vocatives import Called


class Steps:
    """Reads the steps between groups from the narration there and the kinds of their tags."""

    def __init__(
        self,
        groups: Sequence[Group],
        narration: Narration,
        kinds: Sequence[str],
        calls: Sequence[Called],
    ) -> None:
        self.groups, self.narration, self.kinds, self.calls = groups, narration, kinds, calls

    def same(self, index: int) -> dict[str, float]:
        """What speaks for "the same speaker as the group before"."""
        before, group = self.groups[index - 1], self.groups[index]
        gap = self._gap(index)
        found = {
            "same": 1.0,
            f"same-{gap}": 1.0,
            f"same@{self.kinds[index]}": 1.0,
            f"same-after@{self.kinds[index - 1]}": 1.0,
            f"same-{gap}@{self.kinds[index]}": 1.0,
        }
        if self._asks(index - 1):
            found["same-asked"] = 1.0
        if self.calls[index - 1].names:
            found["same-called"] = 1.0
        if is_tale(before) and (is_tale(group) or self.kinds[index] == "bare"):
            found["same-tale"] = 1.0
        if not self.narration.quotes[before.members[-1]].closed:
            found["same-runs-on"] = 1.0
        if group.paragraph == before.paragraph:
            touching = not self.narration.text[
                self.narration.quotes[before.members[-1]].right : self.narration.quotes[
                    group.members[0]
                ].left
            ].strip()
            found[
                "same-touching"
                if touching
                else "same-paragraph"
                if self.kinds[index] == "bare"
                else "same-paragraph-tagged"
            ] = 1.0
        return found

    def swap(self, index: int) -> dict[str, float]:
        """What speaks for "the speaker of the group before that one again"; empty across scenes."""
        if index < 2 or self.groups[index - 2].scene != self.groups[index].scene:
            return {}
        gaps = sorted((self._gap(index - 1), self._gap(index)))
        found = {"swap": 1.0, f"swap-{'-'.join(gaps)}": 1.0, f"swap@{self.kinds[index]}": 1.0}
        if self.calls[index - 1].names:
            found["swap-called"] = 1.0  # who is called answers, and not whoever spoke before
        if self._asks(index - 1):
            found["swap-asked"] = 1.0
        if is_tale(self.groups[index - 2]) and is_tale(self.groups[index]):
            found["swap-tale"] = 1.0  # `“Go on,” said Tom.`: the tale is still the teller's
        return found

    def _asks(self, index: int) -> bool:
        group = self.groups[index]
        return self.narration.text[group.start : group.end].rstrip()[-1:] in ("?", "？")

    def _gap(self, index: int) -> str:
        """How much narration lies between a group and the one before it."""
        text = self.narration.text[self.groups[index - 1].end : self.groups[index].start]
        size = len("".join(text.split())) if len(text) < 2000 else len(text)
        if self.groups[index].paragraph == self.groups[index - 1].paragraph:
            return "here"
        return "none" if size <= 3 else "short" if size < 60 else "some" if size < 250 else "long"
