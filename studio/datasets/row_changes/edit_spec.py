"""The job that changes rows of a registered dataset."""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, TypedDict

from pydantic import model_validator

from studio.spec import Spec, Wrong, field

if TYPE_CHECKING:
    from studio.workspace import Workspace


class EditResult(TypedDict):
    """What a change gives. rows: of the dataset afterwards; changed, deleted, added: of them; why:
    the words of the change.
    """

    dataset: str
    rows: int
    changed: int
    deleted: int
    added: int
    why: str


class EditJob(Spec):
    """Rows of a registered dataset changed in its file; or the last such change undone, or made
    again.

    A line of the file of changes is {"row": number from 1, "data": fields that differ, or null to
    delete the row}; without "row" a row is added. Fields are those of the normal form:
    instruction, input, output, system, history, chosen, rejected, text, messages.
    """

    KIND: ClassVar[str] = "edit"
    RESULT: ClassVar[type] = EditResult

    dataset: str = field(example="demo", source="datasets", help="The dataset", preset=False)
    op: Literal["change", "undo", "redo"] = field("change", help="What is done with its rows")
    file: str = field(
        "",
        example="changes.jsonl",
        group="hidden",
        help="The changes, a JSON object a line",
        preset=False,
    )
    why: str = field("", help="Stands in the history of the dataset", preset=False)

    @model_validator(mode="after")
    def _fits(self) -> "EditJob":
        if self.op == "change" and not self.file.strip():
            raise Wrong("name the file of the changes", "file")
        return self

    def check(
        self, workspace: "Workspace", *, later: frozenset[str] = frozenset(), work: str = ""
    ) -> None:
        """Raise where the dataset or the file of changes is not there."""
        from studio.datasets import registry
        from studio.errors import InputError

        if "dataset" not in later:
            registry.find(workspace, self.dataset)
        if self.op == "change" and not Path(self.file).expanduser().is_file():
            raise InputError(
                "There is no file {name}.", "Check the path.", name=self.file, fields=("file",)
            )
