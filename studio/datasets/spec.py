"""The dataset jobs: build a dataset from row sets or datasets, convert, split or check one; take a
file of rows in.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NotRequired, TypedDict

from pydantic import model_validator

from studio.datasets.job_fields import WRITING, IdentityFields, MixFields, SplitFields
from studio.datasets.profile.spec import CheckFields
from studio.spec import Spec, Wrong, field

if TYPE_CHECKING:
    from studio.workspace import Workspace


class RegisterResult(TypedDict):
    """What the taking in of a file gives. problems: of the first 20 rows that cannot be used row,
    reason and example. odd: rows with a number that is none. form: the maker's form that the file
    had, "" where dataset_info.json has words for it. notes: what else was found out or chosen.
    """

    dataset: str
    rows: int
    skipped: int
    problems: list[dict[str, Any]]
    encoding: str
    odd: int
    form: str
    notes: list[str]


class RegisterJob(Spec):
    """A file of rows (json, jsonl, csv, parquet, Excel, Arrow, txt) as a registered dataset."""

    KIND: ClassVar[str] = "register"
    RESULT: ClassVar[type] = RegisterResult

    # Of the window: `incoming:<name>`, as `documents.stage` gives it.
    file: str = field(
        example="rows.jsonl",
        group="hidden",
        help="A file of rows: json, jsonl, csv, parquet, Excel, Arrow or txt; gz too",
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
        from studio.datasets.containers import refuse_no_rows
        from studio.text.signature import HEAD_BYTES

        if "file" not in later:
            path, filename = self.place(workspace)
            with path.open("rb") as source:
                refuse_no_rows(filename, source.read(HEAD_BYTES))
        if "name" not in later:
            naming.for_upload(workspace, self.name)


class DatasetResult(TypedDict):
    """What the dataset job gives.

    dataset, heldout, test: the names under which the rows and those held out (for validation, for
    the test) are registered, "" where there are none. file: relative to the workspace. replaced:
    names of sets that had to go. skipped, problems: rows that cannot be used, or that the format
    has no place for. dropped: what of the rows is not carried over, {what, rows, example}. stats,
    findings: of a check (see `profile`), the gravest first; stats has `tokens` where a model was
    named (see `token_check.token_figures`). split: how the rows were divided (`build.account`).
    mix: of each source what was taken (`mix.Taken`). filled: placeholders that got the name and the
    maker. An export for other programs has no name, its file alone.
    """

    dataset: str
    rows: int
    heldout: str
    heldout_rows: int
    test: NotRequired[str]
    test_rows: NotRequired[int]
    file: str
    replaced: list[str]
    skipped: int
    problems: list[Any]
    dropped: NotRequired[list[dict[str, Any]]]
    stats: NotRequired[dict[str, Any]]
    findings: NotRequired[list[dict[str, Any]]]
    split: NotRequired[dict[str, Any]]
    mix: NotRequired[list[dict[str, Any]]]
    filled: NotRequired[int]


class DatasetJob(SplitFields, MixFields, IdentityFields, CheckFields):
    """Rows into one registered dataset. sources: ids of row sets, or names of registered
    datasets.
    """

    KIND: ClassVar[str] = "dataset"
    RESULT: ClassVar[type] = DatasetResult
    FIRST: ClassVar[tuple[str, ...]] = (
        *("op", "sources", "name", "formatting", "file_type", "val_size"),
        *(SplitFields.model_fields | MixFields.model_fields | IdentityFields.model_fields),
    )

    op: Literal["import", "convert", "split", "mix", "identity", "check"] = field(
        "import", help="What is done with the dataset"
    )
    sources: list[str] = field(
        factory=list,
        example=["rows-dialogue-20261127-120000-ab12"],
        source="row_sets",
        help="Row sets of this workspace or registered datasets",
        counts_with={"op": ("import", "convert", "split", "mix", "check")},
        preset=False,
    )
    name: str = field(
        "",
        example="demo",
        help="Letters and digits; training lists it under this name",
        preset=False,
    )
    formatting: Literal["alpaca", "sharegpt", "openai", "trl", "trl_implicit", "text"] = field(
        "alpaca",
        help="LLaMA-Factory reads all but TRL's, which are files for other programs",
        counts_with={"op": WRITING},
    )
    file_type: Literal["json", "jsonl", "parquet", "csv"] = field(
        "json",
        help="The file that is written; csv is a file for other programs",
        counts_with={"op": WRITING},
    )
    rows_as: Literal["same", "sft", "kto", "ranking"] = field(
        "same",
        group="conversion",
        help="Pairs as answers with a label, labels as pairs, or plain answers",
        counts_with={"op": WRITING},
    )
    leave_out: bool = field(
        False,
        group="conversion",
        help="Rows the format has no place for are left out and counted, instead of refusing all",
        counts_with={"op": WRITING},
    )
    formula_guard: bool = field(
        False,
        group="conversion",
        help="An apostrophe before cells that begin with = + - @; such texts come back with it",
        counts_with={"op": WRITING, "file_type": ("csv",)},
    )
    # Without it a name that is taken is refused.
    overwrite: bool = field(
        False,
        group="more",
        help="Replaces the dataset of this name, its held-out part with it",
        counts_with={"op": WRITING},
        preset=False,
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

    @property
    def registered(self) -> bool:
        """Whether `dataset_info.json` has words for what is written; else it is an export."""
        return not self.formatting.startswith("trl") and self.file_type != "csv"

    @model_validator(mode="before")
    @classmethod
    def _weighed(cls, data: Any) -> Any:
        """Sources as a table of their weights: `sources: {stories: 0.7, identity: 0.3}`."""
        if isinstance(data, dict) and isinstance(data.get("sources"), dict):
            given = data["sources"]
            return {"interleave_probs": given} | data | {"sources": list(given)}
        return data

    @model_validator(mode="after")
    def _fits(self) -> "DatasetJob":
        if not self.sources and self.op != "identity":
            raise Wrong("choose at least one", "sources")
        if self.op != "check" and not self.name.strip():
            raise Wrong("give the dataset a name", "name")
        if self.op == "split" and self.val_size == 0 == self.test_size:
            raise Wrong("a split needs val_size or test_size above 0", "val_size")
        if self.op == "identity":
            for name in ("identity_name", "identity_author", "identity_languages"):
                if not getattr(self, name):
                    raise Wrong("is missing", name)
        return self

    @property
    def given(self) -> list[str]:
        """The sources whose rows it reads."""
        if self.op == "identity":
            return [self.identity_into] if self.identity_into else []
        return self.sources

    def check(
        self, workspace: "Workspace", *, later: frozenset[str] = frozenset(), work: str = ""
    ) -> None:
        """Raise where the name is taken, or a source is missing, empty or of another kind than the
        rest.
        """
        from studio.datasets import mix, naming, refusals
        from studio.models import resolve

        if self.op == "check" and self.model_name_or_path and "model_name_or_path" not in later:
            resolve(self.model_name_or_path, "huggingface", workspace)
        given = [] if "sources" in later else self.given
        if self.op != "check" and "name" not in later:
            name = naming.require_name(self.name)
            refusals.require_other_name(workspace, name, given, self.endings)
            if not self.overwrite and self.registered:
                naming.require_free(workspace, name, work, self.endings)
        if given:
            refusals.require_rows(
                workspace, given, "identity_into" if self.op == "identity" else "sources"
            )
        if self.op == "mix" and given:
            mix.weights(given, self.interleave_probs, mix.called(workspace, given))


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
