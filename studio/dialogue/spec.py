"""The fields of the dialogue job and the pairs job: which documents, whose voice, and which lines
make a pair.
"""

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypedDict

from pydantic import field_validator, model_validator

from studio.dialogue.characters.text_form import format_characters, parse_characters, people_of
from studio.dialogue.records import Character
from studio.errors import InputError
from studio.jobs.parallel_fields import ParallelFields
from studio.spec import Spec, Wrong, field

if TYPE_CHECKING:
    from studio.workspace import Workspace


class PairRules(Spec):
    """Which lines make a pair, and what goes along with them."""

    input_from: Literal["addressed", "last", "only_addressed"] = field(
        "addressed",
        group="row",
        help="Of the lines before in the scene, the one said to the role, where that is known",
    )
    runs: Literal["joined", "first"] = field(
        "joined", group="row", help="When the role speaks several times and nobody answers"
    )
    run_chars: int = field(
        800,
        group="row",
        low=1,
        high=100000,
        unit="characters",
        help="Lines in a row are joined up to this length; one speech is never cut",
        counts_with={"runs": ("joined",)},
    )
    with_scene: bool = field(
        False, group="row", help="Whole sentences around the two lines go along"
    )
    scene_chars: int = field(
        200,
        group="row",
        low=20,
        high=2000,
        unit="characters",
        help="The narration before the lines, at most",
        counts_with={"with_scene": (True,)},
    )
    scene_place: Literal["input", "system"] = field(
        "input",
        group="row",
        help="Where the narration before the line stands",
        counts_with={"with_scene": (True,)},
    )
    name_speaker: bool = field(False, group="row", help="“Tibby: …” instead of the line alone")
    persona: Literal["system", "input", "none"] = field(
        "system",
        group="row",
        help="Where the system prompt above stands; some models have no system role",
    )
    history: int = field(
        0, group="row", low=0, high=20, help="Turns before the input that go along"
    )
    drop_poems: bool = field(True, group="limits", help="Lines set as verse make no pair")
    drop_letters: bool = field(
        True, group="limits", help="Lines with a salutation or a closing make no pair"
    )
    drop_lists: bool = field(
        True, group="limits", help="Lines that are items of a list make no pair"
    )
    min_confidence: float = field(
        0.6,
        group="limits",
        low=0,
        high=1,
        step=0.05,
        help="Lines whose speaker is less certain make no pair",
    )
    max_gap_chars: int = field(
        300,
        group="limits",
        low=0,
        high=20000,
        unit="characters",
        help="Narration allowed between the two lines",
    )
    min_output_chars: int = field(
        1,
        group="limits",
        low=1,
        high=10000,
        unit="characters",
        help="Shorter lines of the role make no pair",
    )
    max_output_chars: int = field(
        2000,
        group="limits",
        low=1,
        high=100000,
        unit="characters",
        help="Longer lines of the role make no pair",
    )
    min_input_chars: int = field(
        1,
        group="limits",
        low=1,
        high=10000,
        unit="characters",
        help="Shorter lines before make no pair",
    )
    max_input_chars: int = field(
        100000,
        group="limits",
        low=1,
        high=100000,
        unit="characters",
        help="Longer lines before make no pair",
    )
    known_input: bool = field(
        False, group="limits", help="The line before must have a known speaker"
    )
    min_lines: int = field(
        1, group="limits", low=1, high=10000, help="A role with fewer gives no pairs"
    )
    max_pairs: int = field(
        0, group="limits", low=0, high=1000000, help="Evenly over the text; 0 takes all"
    )
    held_out: float = field(
        0.0,
        group="split",
        low=0,
        high=0.5,
        step=0.05,
        help="Share of the pairs kept apart, by whole chapters",
    )
    seed: int = field(
        0, group="split", low=0, high=2**31 - 1, help="The same seed gives the same result"
    )
    with_opening: bool = field(
        False, group="advanced", help="Lines that answer nobody get the instruction below"
    )
    opening: str = field(
        "",
        group="advanced",
        help="Empty takes a usual sentence",
        counts_with={"with_opening": (True,)},
    )
    with_thoughts: bool = field(False, group="advanced", help="What is thought counts as a line")
    max_turns: int = field(
        10, group="advanced", low=2, high=100, help="Messages of one conversation in sharegpt.json"
    )

    @model_validator(mode="after")
    def _lengths(self) -> Self:
        if self.min_output_chars > self.max_output_chars:
            raise Wrong(
                "{min_output_chars} is more than {max_output_chars}",
                "min_output_chars",
                "max_output_chars",
            )
        if self.min_input_chars > self.max_input_chars:
            raise Wrong(
                "{min_input_chars} is more than {max_input_chars}",
                "min_input_chars",
                "max_input_chars",
            )
        return self


class OfLines(Spec):
    """For jobs on a set of lines that is there."""

    utterances: str = field(
        example="utterances-dialogue-20261127-120000-ab12",
        source="utterance_sets",
        help="The set of lines that is asked about",
        preset=False,
    )


class PairFields(PairRules):
    """Whose voice, and the rules by which its lines make pairs."""

    FIRST: ClassVar[tuple[str, ...]] = ("target", "system", "name")

    # One person, or several parted by commas.
    target: str = field(
        "", preset=False, help="Whose lines become the outputs; empty finds lines only"
    )
    system: str = field(
        "", lines=2, help="{name} stands for the role; empty takes a usual sentence"
    )
    name: str = field("", preset=False, help="Optional; the result is listed under it")


class Outcome(TypedDict):
    """What became of the lines of the roles.

    roles: name → lines and pairs. dropped: reason → count. examples: reason → some of those lines,
    with the line before.
    """

    pairs: int
    roles: dict[str, dict[str, int]]
    dropped: dict[str, int]
    examples: dict[str, list[str]]


class LinesResult(Outcome):
    """What became of a set of lines, whose id is `utterance_set`; name, target: as they were
    taken.
    """

    utterance_set: str
    name: str
    target: str


class DialogueResult(LinesResult):
    """What the finding of lines gives.

    set: id of the set of pairs, None without a target. speakers: name → lines, of the busiest.
    read: how each document was read: with document, layout and lines; of novels also which
    quotation marks were mended (`quotes.mended`).
    """

    set: str | None
    utterances: int
    speakers: dict[str, int]
    read: list[dict[str, Any]]


class DialogueJob(PairFields, ParallelFields):
    """Find who says what in documents; with a target, build pairs in that person's voice."""

    KIND: ClassVar[str] = "dialogue"
    RESULT: ClassVar[type] = DialogueResult
    FIRST: ClassVar[tuple[str, ...]] = (
        "documents",
        "characters",
        "target",
        "system",
        "layout",
        "name",
    )

    documents: list[str] = field(
        factory=list, source="documents", preset=False, help="Texts of this workspace"
    )
    characters: str = field(
        "",
        lines=6,
        preset=False,
        help="One a line: name (f, 3): alias, alias. Gender and colour may be left out",
    )
    layout: Literal["auto", "script", "screenplay", "novel", "classical", "chat"] = field(
        "auto", help="How speech is written in the text"
    )

    @field_validator("characters", mode="before")
    @classmethod
    def _as_lines(cls, value: Any) -> Any:
        """A YAML list of {name, aliases, gender, colour} or a table of name → aliases, brought to
        lines of text.
        """
        if not isinstance(value, list | dict):
            return "" if value is None else value
        try:
            return format_characters(people_of(value))
        except InputError as error:
            raise Wrong(error.what_template, **error.values) from error

    @field_validator("characters")
    @classmethod
    def _checked(cls, value: str) -> str:
        """Raises InputError for one alias under two persons."""
        try:
            parse_characters(value)
        except InputError as error:
            raise error.about(cls.KIND, "characters") from None
        return value

    def check(
        self, workspace: "Workspace", *, later: frozenset[str] = frozenset(), work: str = ""
    ) -> None:
        """Raise where a document is missing."""
        from studio.documents.refusals import require_documents

        if "documents" not in later:
            require_documents(workspace, self.documents)
        self.check_executor(self.KIND)

    def people(self) -> list[Character]:
        """The characters as records."""
        return parse_characters(self.characters)


class PairsResult(LinesResult):
    """What the building of pairs gives. set: id of the set of pairs."""

    set: str


class PairsJob(OfLines, PairFields):
    """Build pairs anew from utterances that are there, with what a person or a model has decided
    since.
    """

    KIND: ClassVar[str] = "pairs"
    RESULT: ClassVar[type] = PairsResult
    FIRST: ClassVar[tuple[str, ...]] = ("utterances", "target", "system", "name")

    def check(
        self, workspace: "Workspace", *, later: frozenset[str] = frozenset(), work: str = ""
    ) -> None:
        """Raise where the lines are missing, no role is named, or a role says nothing."""
        from studio.dialogue.refusals import require_lines, require_role

        if not later & {"utterances", "target"}:
            require_role(workspace, require_lines(workspace, self.utterances), self.target)


class PropagateResult(TypedDict):
    """What the carrying over gives. decided: lines that a person or a model had decided. changed:
    lines with another speaker now.
    """

    utterance_set: str
    name: str
    decided: int
    changed: int


class PropagateJob(OfLines):
    """Carry what was decided about some lines of a set over to the lines around them."""

    KIND: ClassVar[str] = "propagate"
    RESULT: ClassVar[type] = PropagateResult

    def check(
        self, workspace: "Workspace", *, later: frozenset[str] = frozenset(), work: str = ""
    ) -> None:
        """Raise where the lines are missing, or nothing is decided of them yet."""
        from studio.dialogue.refusals import require_decided, require_lines

        if "utterances" not in later:
            require_decided(workspace, require_lines(workspace, self.utterances))
