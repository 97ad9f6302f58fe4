"""What speaks for each person as the speaker of a group of quotes: form and distance only, never a
name.

The tables are those of `feature_rows`; the step from group to group is in `feature_steps`.
"""

from collections.abc import Iterator, Mapping
from math import exp, log1p

from studio.dialogue.characters.table import Cast, Mention
from studio.dialogue.records import Clue
from studio.dialogue.speakers.cues import Group, Language, Narration, is_tale
from studio.dialogue.speakers.feature_rows import ELSE, OPEN, Row, Table
from studio.dialogue.speakers.feature_steps import Steps
from studio.dialogue.speakers.kinship import KinTable, is_kin, kin_gender, kin_head
from studio.dialogue.speakers.mentions import MentionIndex, Named
from studio.dialogue.speakers.narrator import find_narrator
from studio.dialogue.speakers.strangers_en import brought_in
from studio.dialogue.speakers.talks import Talks
from studio.dialogue.speakers.vocatives import Called, called
from studio.progress import UNWATCHED, Watch

BACK, AHEAD, NEAR, LOOK = 4000, 500, 300, 40
ACTIVE, NEIGHBOURS, COMING, MOST = 7, 6, 2, 12
# Confidence of a Chinese tag that is subject, manner and verb from end to end; what it is worth for
# a name that the narration has nowhere else, and for which nothing but the tag can speak.
EXACT, NEW = 0.9, 1.3
OWNER_REACH = 8  # characters before a word of kinship within which its owner stands: `李静的母亲`
STRONG = ("colon", "verb-before", "verb-after", "verb-name", "name-verb")  # beside their quote


class Features:
    """Reads a novel's groups into rows of candidates."""

    def __init__(
        self,
        groups: list[Group],
        narration: Narration,
        language: Language,
        cast: Cast,
        named: Named,
        kinship: KinTable,
        *,
        chinese: bool,
        decided: Mapping[int, str | None] | None = None,
    ) -> None:
        self.groups, self.narration, self.language, self.cast = groups, narration, language, cast
        self.inside, self.pronouns, self.kinship, self.chinese = (
            MentionIndex(named.inside),
            MentionIndex(named.pronouns),
            kinship,
            chinese,
        )
        self.calls = [self._called(g) for g in groups]
        self.decided = [self._decided(g, decided or {}) for g in groups]
        self.outside = MentionIndex(named.outside)
        self.narrator = find_narrator(
            groups, [c.names for c in self.calls], self.outside, cast, chinese=chinese
        )
        self.kinds = [self._kind(g) for g in groups]
        self.talks = Talks(groups, narration, self.kinds, self.calls, self.outside)
        self.steps = Steps(groups, narration, self.kinds, self.calls)
        self.tagged = [
            self._tagged(g, k) if d == OPEN else d
            for g, k, d in zip(groups, self.kinds, self.decided, strict=True)
        ]
        self.spoken: dict[str, int] = {}
        for name in self.tagged:
            if name:
                self.spoken[name] = self.spoken.get(name, 0) + 1
        self.most_spoken = max(self.spoken.values(), default=1)
        listed = sum(n for name, n in self.spoken.items() if name in cast.given)
        # 0 to 1: how far the table names all who speak, so that a name outside it is more likely
        # none.
        self.complete = (
            max(0.0, 5.0 * listed / max(1, sum(self.spoken.values())) - 4.0) if cast.given else 0.0
        )
        self.scene_start: dict[int, int] = {}
        for part in narration.parts:
            self.scene_start.setdefault(part.scene, part.start)

    def rows(self, watch: Watch = UNWATCHED) -> Iterator[Row]:
        """One row a group, in order, each made when it is asked for."""
        return map(self._row, watch.over(range(len(self.groups)), 0.25, 0.9))

    def _row(self, index: int) -> Row:
        row = Row(self.kinds[index])
        row.decided = self.decided[index]
        found: dict[str | None, dict[str, float]] = {name: {} for name in self._candidates(index)}
        table = Table(found, row.kind, self.cast.gender)
        self._tags(index, table)
        self._recent(index, table)
        self._beats(index, table)
        self._calls_around(index, table)
        self._shares(index, table)
        self.talks.fill(index, table, self.tagged, self.spoken, self.narrator)
        found[ELSE] = {"else": 1.0, f"else@{row.kind}": 1.0} | self._stranger(index, row.kind)
        row.names, row.parts = list(found), list(found.values())
        if index and self.groups[index - 1].scene == self.groups[index].scene:
            row.step, row.swap = self.steps.same(index), self.steps.swap(index)
        return row

    def _stranger(self, index: int, kind: str) -> dict[str, float]:
        """What speaks for somebody whom the narration since the line before brings in."""
        group = self.groups[index]
        start = max(self.groups[index - 1].end if index else 0, self.scene_start[group.scene])
        span = (start, group.start)
        return {} if self.chinese else brought_in(self.narration.text, *span, kind, self.outside)

    # -- candidates

    def _candidates(self, index: int) -> list[str]:
        """Those named in the tags, then those who are named or speak nearest, at most MOST."""
        group, decided = self.groups[index], self.decided[index]
        names = [decided] if decided else []
        names += [c.name for c in group.clues if c.name and not self._vague(c.name)]
        if group.clue and group.clue.pronoun == "i" and self.narrator:
            names.append(self.narrator)
        if own := self.calls[index].own:
            names.append(own)
        if head := next((h for c in group.clues if c.name and (h := kin_head(c.name))), None):
            usual = self.kinship.usual(head)
            names += sorted(usual, key=lambda name: -usual[name])[:2]
        near: dict[str, float] = {}
        for mention in self.outside.last(group.start, LOOK):
            near.setdefault(mention.name, group.start - mention.start)
        near = dict(list(near.items())[:ACTIVE])
        for mention in self.outside.between(group.start, group.end + AHEAD)[:8]:
            near[mention.name] = min(near.get(mention.name, BACK), mention.start - group.start)
        for other in range(
            max(0, index - NEIGHBOURS), min(len(self.groups), index + NEIGHBOURS + 1)
        ):
            speaker = self.tagged[other]
            close = [speaker] if speaker else []
            if abs(other - index) <= COMING:
                close += self.calls[other].names
            for name in close:
                near[name] = min(near.get(name, BACK), 100.0 * abs(other - index))
        names += sorted(near, key=lambda name: near[name])
        if self.narrator and self.narrator not in names[:MOST] and not self.chinese:
            names.insert(MOST - 1, self.narrator)
        return list(dict.fromkeys(names))[:MOST]

    def _vague(self, name: str) -> bool:
        return is_kin(name, self.cast)

    def _kind(self, group: Group) -> str:
        clue = group.clue
        if clue is None or clue.method == "verb-carried":
            return "bare"
        if clue.name:
            return "kin" if self._vague(clue.name) else "named"
        return {"i": "first", "p": "kin", "y": "kin"}.get(clue.pronoun or "", "pronoun")

    def _tagged(self, group: Group, kind: str) -> str | None:
        """The speaker that a tag names outright, if any."""
        if kind == "named" and group.clue:
            return group.clue.name
        return self.narrator if kind == "first" else None

    def _called(self, group: Group) -> Called:
        # Whoever is called in the middle of a tale is called by those it tells of.
        told = group.members[:1] if is_tale(group) else group.members
        spans = [(self.narration.quotes[m].start, self.narration.quotes[m].end) for m in told]
        return called(
            self.narration.text,
            spans,
            self.inside.between(group.start, group.end),
            chinese=self.chinese,
        )

    def _decided(self, group: Group, decided: Mapping[int, str | None]) -> str | None:
        """Whom a person has decided for, by the first of the group's quotes that is decided; OPEN
        where none is.
        """
        starts = (self.narration.quotes[m].start for m in group.members)
        return next((decided[at] for at in starts if at in decided), OPEN)

    # -- evidence

    def _tags(self, index: int, table: Table) -> None:
        group = self.groups[index]
        for clue in group.clues:
            if clue.name and not self._vague(clue.name):
                known = clue.name in self.cast.gender
                exact = self.chinese and clue.confidence >= EXACT and not known
                table.plain(
                    clue.name, f"tag-{clue.method}" + ("" if known or exact else "-new"), 1.0
                )
                if clue.method in STRONG:
                    table.plain(clue.name, "tag", NEW if exact else 1.0)
                    table.plain(clue.name, "tag-doubt", 1.0 - clue.confidence)
            elif clue.pronoun in ("m", "f"):
                table.agreement(
                    "carried" if clue.method.endswith("carried") else "pronoun", clue.pronoun
                )
                for mention in self.pronouns.between(clue.at, clue.at + 1):
                    table.plain(mention.name, "means", 1.0)
            elif clue.pronoun == "i" and self.narrator:
                table.plain(self.narrator, "tag", 1.0)
                table.plain(self.narrator, "narrator", 1.0)
            elif clue.pronoun == "x":
                for name in table.found:
                    table.plain(
                        name,
                        "it-unsure" if name and self.cast.gender.get(name) is None else "it-known",
                        1.0,
                    )
            if clue.addressee:
                table.plain(clue.addressee, "spoken-to", 1.0)
        if row_kin := next((c.name for c in group.clues if c.name and self._vague(c.name)), None):
            table.agreement("kin", kin_gender(row_kin))
            self._kin(table, "kin-usual", kin_head(row_kin))
            if (name := self.cast.resolve(row_kin)) is not None:
                table.plain(name, "kin-owner", 1.0)
            for clue in group.clues:
                for mention in (
                    self.outside.between(clue.at - OWNER_REACH, clue.at)
                    if clue.name == row_kin
                    else ()
                ):
                    if mention.role == "owner":
                        table.plain(mention.name, "kin-owner", 1.0)
        for name in table.found:
            if self.complete and name not in self.cast.given and name != self.narrator:
                table.plain(name, "unlisted", self.complete)
            if name == self.narrator:
                table.both(name, "teller", 1.0)
                if group.clue and table.kind in ("pronoun", "kin"):  # "I" is no "he said"
                    table.plain(name, "teller-third", 1.0)

    def _kin(self, table: Table, feature: str, head: str | None) -> None:
        """How well each candidate fits a word of kinship."""
        for name, value in self.kinship.usual(head).items() if head else ():
            table.plain(name, feature, value)

    def _recent(self, index: int, table: Table) -> None:
        """Who was named last in the narration before: order, distance, part in the sentence, and
        how often.
        """
        group = self.groups[index]
        clue = group.clue
        point = clue.at if clue and clue.pronoun in ("m", "f", "x") else group.start
        low = point - BACK
        scene = self.scene_start[group.scene]
        edge = max(scene, self.groups[index - 1].end if index else low)
        gender = clue.pronoun if clue and clue.pronoun in ("m", "f") else None
        seen: dict[str, int] = {}
        subjects: list[str] = []
        fitting: list[str] = []
        for mention in self.outside.last(point, LOOK):
            if mention.start < low:
                break
            name = mention.name
            seen[name] = seen.get(name, 0) + 1
            if mention.role == "subject" and name not in subjects:
                subjects.append(name)
            if (
                gender
                and name not in fitting
                and mention.role != "owner"
                and self.cast.gender.get(name) in (gender, None)
            ):
                fitting.append(name)
            if mention.start < scene:
                table.plain(name, "other-scene", 1.0)
            if seen[name] == 1:
                self._last_named(table, mention, len(seen) - 1, point, edge)
        for rank, name in enumerate(subjects[:3]):
            table.both(name, f"subject-{rank}", 1.0)
        for rank, name in enumerate(fitting[:3]):
            table.both(name, f"fitting-{rank}", 1.0)
        for name, times in seen.items():
            table.both(name, "often-near", log1p(times))
        for mention in self.pronouns.last(point, 2):
            if mention.start >= max(low, edge):
                table.both(mention.name, "pronoun-near", 1.0)

    def _last_named(self, table: Table, mention: Mention, rank: int, point: int, edge: int) -> None:
        name = mention.name
        table.both(name, f"recent-{min(rank, 4)}", 1.0)
        table.both(name, "close", exp((mention.start - point) / NEAR))
        table.both(name, f"last-{mention.role}", 1.0)
        if mention.start >= edge:
            table.both(name, "since-line", 1.0)
            table.both(name, f"since-line-{mention.role}", 1.0)

    def _beats(self, index: int, table: Table) -> None:
        """Who acts in the narration that touches the group: in its paragraph, in those above and
        below.
        """
        group = self.groups[index]
        first, last = group.members[0], group.members[-1]
        own = {c.at for c in group.clues}
        left, right = self.narration.left(first), self.narration.right(last)
        above, below = self._between(index - 1, left[0]), self._between(index, None)
        acts = None
        between = [self.narration.right(member) for member in group.members[:-1]]
        for place, (low, high), final in (
            ("beat-before", left, True),
            ("beat-after", right, False),
            ("above-last", above, True),
            ("above-first", above, False),
            ("below-first", below, False),
            ("below-last", below, True),
            *(("beat-between", span, False) for span in between if not self.chinese),
        ):
            if high <= low:
                continue
            clue = self.language.subject(low, high, last=final)
            if clue and clue.at not in own:
                # `Ann turned to Ben. "…" Ben smiled.`: the second beat is the listener's.
                acts = clue.name if place == "beat-before" else acts
                if self.chinese or place != "beat-after" or acts in (None, clue.name):
                    self._beat(table, place, clue)
        stop = min(right[1], group.end + AHEAD)
        for rank, mention in enumerate(self.outside.between(group.end, stop)[:2]):
            table.both(mention.name, f"after-{rank}", 1.0)
        for rank, mention in enumerate(self.outside.between(below[0], below[1])[:2]):
            table.both(mention.name, f"below-{rank}", 1.0)
            table.both(mention.name, f"below-{mention.role}", 1.0)
        for gap, name in ((above, "above"), (below, "below")):
            for mention in self.outside.between(*gap) if gap[1] > gap[0] else ():
                if mention.role in ("object", "owner"):
                    table.both(mention.name, f"{name}-{mention.role}", 1.0)

    def _beat(self, table: Table, place: str, clue: Clue) -> None:
        if clue.name and self._vague(clue.name):
            self._kin(table, f"{place}-kin", kin_head(clue.name))
        elif clue.name:
            table.both(clue.name, place, 1.0)
            if clue.method == "says":
                table.both(clue.name, f"{place}-says", 1.0)
        elif clue.pronoun in ("m", "f"):
            table.agreement(place, clue.pronoun)
            for mention in self.pronouns.between(clue.at, clue.at + 1):
                table.both(mention.name, f"{place}-means", 1.0)
        elif clue.pronoun == "i" and self.narrator:
            table.both(self.narrator, f"{place}-i", 1.0)

    def _between(self, index: int, stop: int | None) -> tuple[int, int]:
        """The narration between group `index` and the next one, outside both groups' own
        paragraphs.
        """
        if not 0 <= index < len(self.groups):
            return 0, 0
        part = self.narration.parts[self.narration.quotes[self.groups[index].members[-1]].paragraph]
        if stop is None:
            following = self.groups[index + 1] if index + 1 < len(self.groups) else None
            if following is None or following.scene != self.groups[index].scene:
                stop = min(part.end + AHEAD, len(self.narration.text))
            else:
                stop = self.narration.left(following.members[0])[0]
        return min(part.end, stop), min(stop, part.end + 3 * AHEAD)

    def _calls_around(self, index: int, table: Table) -> None:
        """Names and words of address in this line and in those before and after it."""
        scene = self.groups[index].scene
        for step, label in (
            (0, "here"),
            (-1, "before"),
            (1, "after"),
            (-2, "two-before"),
            (2, "two-after"),
        ):
            other = index + step
            if not 0 <= other < len(self.groups) or self.groups[other].scene != scene:
                continue
            heard = self.calls[other]
            for name in heard.names:
                table.both(name, f"called-{label}", 1.0)
            for name in heard.mentioned:
                table.both(name, f"spoken-of-{label}", 1.0)
            if abs(step) <= 1:
                self._kin(table, f"called-kin-{label}", heard.kinship)
            if step in (-1, 1):
                table.agreement(f"called-{label}", heard.gender)
                for clue in self.groups[other].clues:
                    if clue.addressee:
                        table.both(clue.addressee, f"addressed-{label}", 1.0)

    def _shares(self, index: int, table: Table) -> None:
        """How much each speaks in the whole text, beside this group, and is named at all."""
        near: dict[str, float] = {}
        for step in range(-10, 11):
            other = index + step
            speaker = self.tagged[other] if 0 <= other < len(self.tagged) else None
            if step and speaker and self.groups[other].scene == self.groups[index].scene:
                near[speaker] = near.get(speaker, 0.0) + 1.0 / (1 + abs(step))
                if abs(step) <= 3:
                    table.both(speaker, f"tagged{step:+d}", 1.0)
        most = self.most_spoken
        for name in (name for name in table.found if name is not None):
            table.both(name, "speaks-near", near.get(name, 0.0))
            table.both(name, "speaks", log1p(self.spoken.get(name, 0)) / log1p(most))
            table.both(name, "named", log1p(self.outside.count[name]) / 8)
