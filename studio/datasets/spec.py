"""The dataset jobs: build a dataset from row sets or datasets, convert, split or check one; take a
file of rows in.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NotRequired, TypedDict

from pydantic import model_validator

from studio.datasets.profile.spec import CheckFields
from studio.spec import Spec, Wrong, field

if TYPE_CHECKING:
    from studio.workspace import Workspace

WRITING = ("import", "convert", "split")  # what makes a dataset; a check only reports


class RegisterResult(TypedDict):
    """What the taking in of a file gives. problems: of the first 20 rows that cannot be used row,
    reason and example. odd: rows with a number that is none. form: the maker's form that the file
    had, "" where dataset_info.json has words for it.
    """

    dataset: str
    rows: int
    skipped: int
    problems: list[dict[str, Any]]
    encoding: str
    odd: int
    form: str


class RegisterJob(Spec):
    """A file of rows (json, jsonl, csv, parquet, txt) as a registered dataset."""

    KIND: ClassVar[str] = "register"
    RESULT: ClassVar[type] = RegisterResult

    # Of the window: `incoming:<name>`, as `documents.stage` gives it.
    file: str = field(
        example="rows.jsonl",
        group="hidden",
        help="A file of rows: json, jsonl, csv, parquet or txt",
    )
    name: str = field("", help="Optional; the result is listed under it", preset=False)

    @model_validator(mode="after")
    def _named(self) -> "RegisterJob":
        from studio.documents import incoming

        self.name = self.name.strip() or Path(incoming.shown_name(self.file.strip())).stem
        return self

    def place(self, workspace: "Workspace") -> tuple[Path, str]:
        """The file, and what its owner calls it. Raises InputError where it is not there."""
        from studio.documents import incoming
        from studio.errors import InputError

        if incoming.is_staged(self.file):
            return incoming.staged(workspace, self.file)
        path = Path(self.file).expanduser()
        if not path.is_file():
            raise InputError(
                "There is no file {name}.", "Check the path.", name=self.file, fields=("file",)
            )
        return path, path.name

    def check(
        self, workspace: "Workspace", *, later: frozenset[str] = frozenset(), work: str = ""
    ) -> None:
        """Raise where the file is not there or by its first bytes no text, or the name is taken by
        another's set.
        """
        from studio.datasets import naming
        from studio.text.signature import HEAD_BYTES, refuse_no_text

        if "file" not in later:
            path, filename = self.place(workspace)
            with path.open("rb") as source:
                refuse_no_text(filename, source.read(HEAD_BYTES))
        if "name" not in later:
            naming.for_upload(workspace, self.name)


class DatasetResult(TypedDict):
    """What the dataset job gives.

    dataset, heldout: the names under which the rows and those held out are registered, "" where
    there are none. file: relative to the workspace. replaced: names of sets that had to go.
    skipped, problems: rows that cannot be used. stats, findings: of a check (see `profile`), the
    gravest finding first; stats has `tokens` where a model was named (see
    `token_check.token_figures`).
    """

    dataset: str
    rows: int
    heldout: str
    heldout_rows: int
    file: str
    replaced: list[str]
    skipped: int
    problems: list[Any]
    stats: NotRequired[dict[str, Any]]
    findings: NotRequired[list[dict[str, Any]]]


class DatasetJob(CheckFields):
    """Rows into one registered dataset. sources: ids of row sets, or names of registered
    datasets.
    """

    KIND: ClassVar[str] = "dataset"
    RESULT: ClassVar[type] = DatasetResult
    FIRST: ClassVar[tuple[str, ...]] = ("op", "sources", "name", "formatting", "file_type")

    op: Literal["import", "convert", "split", "check"] = field(
        "import", help="What is done with the dataset"
    )
    sources: list[str] = field(
        example=["rows-dialogue-20261127-120000-ab12"],
        source="row_sets",
        help="Row sets of this workspace or registered datasets",
        preset=False,
    )
    name: str = field(
        "",
        example="demo",
        help="Letters and digits; training lists it under this name",
        preset=False,
    )
    formatting: Literal["alpaca", "sharegpt", "openai"] = field(
        "alpaca", help="LLaMA-Factory reads all three", counts_with={"op": WRITING}
    )
    file_type: Literal["json", "jsonl", "parquet"] = field(
        "json", help="The file that is written", counts_with={"op": WRITING}
    )
    # Without it a name that is taken is refused.
    overwrite: bool = field(
        False,
        group="more",
        help="Replaces the dataset of this name, its held-out part with it",
        counts_with={"op": WRITING},
        preset=False,
    )
    val_size: float = field(
        0.0,
        low=0,
        high=0.9,
        step=0.05,
        help="Rows kept aside to measure with; rows of one source stay together",
        counts_with={"op": WRITING},
    )
    system: str = field(
        "", lines=3, group="more", help="Empty keeps each row's own", counts_with={"op": WRITING}
    )
    shuffle: bool = field(
        False, group="more", help="Mix the order of rows", counts_with={"op": WRITING}
    )
    seed: int = field(
        42,
        low=0,
        group="more",
        help="The same seed gives the same result",
        counts_with={"op": WRITING},
    )

    # Of a check in tokens.
    model_name_or_path: str = field(
        "",
        source="models",
        widget="optional",
        group="health",
        preset=False,
        help="The check counts in its tokens what a training would take; empty counts none",
        counts_with={"op": ("check",)},
    )
    cutoff_len: int = field(
        1024,
        low=4,
        high=131072,
        unit="tokens",
        group="health",
        help="Longer rows are cut off",
        counts_with={"op": ("check",)},
    )

    @model_validator(mode="after")
    def _fits(self) -> "DatasetJob":
        if not self.sources:
            raise Wrong("choose at least one", "sources")
        if self.op != "check" and not self.name.strip():
            raise Wrong("give the dataset a name", "name")
        if self.op == "split" and self.val_size == 0:
            raise Wrong("a split needs a share above 0", "val_size")
        return self

    def check(
        self, workspace: "Workspace", *, later: frozenset[str] = frozenset(), work: str = ""
    ) -> None:
        """Raise where the name is taken, or a source is missing, empty or of another kind than the
        rest.
        """
        from studio.datasets import naming, refusals
        from studio.models import resolve

        if self.op == "check" and self.model_name_or_path and "model_name_or_path" not in later:
            resolve(self.model_name_or_path, "huggingface", workspace)
        if self.op != "check" and "name" not in later:
            name = naming.require_name(self.name)
            refusals.require_other_name(workspace, name, [] if "sources" in later else self.sources)
            if not self.overwrite:
                naming.require_free(workspace, name, work)
        if "sources" not in later:
            refusals.require_rows(workspace, self.sources)
