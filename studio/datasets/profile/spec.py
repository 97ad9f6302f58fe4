"""The fields of a check, and the job that mends what a check found."""

from typing import TYPE_CHECKING, ClassVar, Literal, TypedDict

from studio.spec import Spec, field

if TYPE_CHECKING:
    from studio.workspace import Workspace

CHECKING = ("check",)
Mendable = Literal[
    "copied",
    "cut_off",
    "drafts",
    "encoding",
    "equal_sides",
    "exact_duplicates",
    "hollow",
    "leaks",
    "loops",
    "lost_characters",
    "markup",
    "near_duplicates",
    "near_leaks",
    "other_language",
    "personal",
    "placeholders",
    "refusals",
    "system_missing",
    "thoughts",
]


class CheckFields(Spec):
    """What a check looks at beside the rows themselves."""

    against: str = field(
        "",
        group="health",
        source="datasets",
        widget="optional",
        example="demo-heldout",
        help="Rows that it has too are told as leaks; empty takes the held-out set of the dataset",
        counts_with={"op": CHECKING},
        preset=False,
    )
    find_near_duplicates: bool = field(
        True,
        group="health",
        help="Compares every row with every other, which takes longest",
        counts_with={"op": CHECKING},
    )


class RepairResult(TypedDict):
    """What a repair gives. rows: those changed and those deleted; unchanged: rows of the finding
    that it could not mend; edit: the change's id, "" where there is none: it can be undone.
    """

    dataset: str
    finding: str
    rows: int
    changed: int
    deleted: int
    unchanged: int
    edit: str


class RepairJob(Spec):
    """The rows of one finding of a check, mended or dropped."""

    KIND: ClassVar[str] = "repair"
    RESULT: ClassVar[type] = RepairResult

    dataset: str = field(
        example="demo", source="datasets", help="From the Dataset tab", preset=False
    )
    finding: Mendable = field(
        "exact_duplicates", help="What is mended, by its name in the report of the check"
    )
    values: dict[str, str] = field(
        factory=dict,
        group="hidden",
        example={"{{name}}": "Inkwell"},
        help="Of placeholders: what is put in the place of each",
        preset=False,
    )
    against: str = field(
        "",
        source="datasets",
        widget="optional",
        group="health",
        help="Of leaks: the set that they are looked for in, as in the check",
        preset=False,
    )
    why: str = field(
        "", group="health", help="What the history says of the change; empty says it in short"
    )

    def check(
        self, workspace: "Workspace", *, later: frozenset[str] = frozenset(), work: str = ""
    ) -> None:
        """Raise where the dataset is not there, or a placeholder has no value."""
        from studio.datasets import registry
        from studio.errors import InputError

        if "dataset" not in later:
            registry.find(workspace, self.dataset)
        if self.finding == "placeholders" and not any(self.values.values()):
            raise InputError(
                "No value is given for any placeholder.",
                "Write what is to stand in its place.",
                fields=("values",),
            )
