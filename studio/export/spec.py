"""The fields of the export job."""

from typing import TYPE_CHECKING, ClassVar, Literal, TypedDict

from studio.spec import Spec, field

if TYPE_CHECKING:
    from studio.workspace import Workspace


class ExportResult(TypedDict):
    """What an export gives. file: relative to the workspace; notes: what another tool does
    otherwise, a sentence each.
    """

    file: str
    notes: list[str]


class ExportJob(Spec):
    """A run as files of other tools that train the same: its data, and a config for each."""

    KIND: ClassVar[str] = "export"
    RESULT: ClassVar[type] = ExportResult

    what: Literal["recipe"] = field("recipe", help="What is written")
    run: str = field(example="train-20261127-120000-ab12", help="The training run, by its id")

    def check(
        self, workspace: "Workspace", *, later: frozenset[str] = frozenset(), work: str = ""
    ) -> None:
        """Raise where there is no such run."""
        if "run" not in later:
            from studio.export.recipes import facts

            facts.record_of(workspace, self.run)
