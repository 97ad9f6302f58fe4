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
    guessed: its columns, where they are a guess. files, passed_over: of a hub's files those that
    were taken, and its others with rows.
    """

    dataset: str
    rows: int
    skipped: int
    problems: list[dict[str, Any]]
    encoding: str
    odd: int
    form: str
    notes: list[str]
    guessed: dict[str, str]
    files: list[str]
    passed_over: list[str]


class RegisterJob(Spec):
    """Rows from a file, a folder or a hub as a registered dataset; or another layout for one that
    is registered.
    """

    KIND: ClassVar[str] = "register"
    RESULT: ClassVar[type] = RegisterResult

    # Of the window's uploads: `incoming:<name>`, as `documents.stage` gives it. Empty: the entry
    # `name` of dataset_info.json is fetched from its hub, or written anew.
    file: str = field(
        "",
        example="rows.jsonl",
        help="A file or folder of rows or hf:owner/name, ms:owner/name",
        preset=False,
    )
    name: str = field("", help="Optional; the result is listed under it", preset=False)
    subset: str = field("", help="Of a hub: the configuration; empty takes its default")
    split: str = field("train", help="Of a hub: train, validation, test or the hub's own")
    files: str = field("", help="Of a hub: only these files, as data/train-*.parquet")
    num_samples: int = field(
        0,
        low=0,
        unit="rows",
        help="How many rows a training takes; 0 takes all, more than all repeats some",
    )
    formatting: Literal["auto", "alpaca", "sharegpt", "openai"] = field(
        "auto", group="hidden", help="How rows are laid out; auto finds it out"
    )
    ranking: bool = field(
        False, group="hidden", help="Rows are pairs of chosen and rejected replies"
    )
    columns: dict[str, str] = field(
        factory=dict,
        example={"prompt": "question", "response": "answer"},
        group="hidden",
        help="Which column is what, by LLaMA-Factory's names; empty finds it out",
    )
    tags: dict[str, str] = field(
        factory=dict,
        example={"role_tag": "role", "content_tag": "content"},
        group="hidden",
        help="What messages call their parts and speakers, by LLaMA-Factory's names",
    )
    guess: bool = field(
        False, group="hidden", help="Columns that nobody knows are guessed at, and told"
    )

    @model_validator(mode="after")
    def _named(self) -> "RegisterJob":
        from studio.datasets.row_forms.column_map import COLUMNS, TAGS
        from studio.datasets.taking_in.hub_files import named
        from studio.documents import incoming

        self.file = self.file.strip()
        if not self.file and not self.name.strip():
            raise Wrong("name a file, or a registered dataset", "file")
        hub = named(self.file)
        stem = hub[1].rsplit("/", 1)[-1] if hub else Path(incoming.shown_name(self.file)).stem
        self.name = self.name.strip() or stem
        for part, known in (("columns", COLUMNS), ("tags", TAGS)):
            strange = next((key for key in getattr(self, part) if key not in known), None)
            if strange is not None:
                raise Wrong("{key} is none of {known}", part, key=strange, known=", ".join(known))
        return self

    @property
    def given(self) -> dict[str, Any]:
        """The layout that the spec states (see `column_map.said`); {} where it states none."""
        form = "" if self.formatting == "auto" else self.formatting
        stated = {"formatting": form, "columns": self.columns, "tags": self.tags}
        found = {key: value for key, value in stated.items() if value}
        return found | ({"ranking": True} if self.ranking else {})

    def path(self, workspace: "Workspace") -> Path:
        """The path that a file's or folder's name stands for: from here, or in the workspace."""
        path = Path(self.file).expanduser()
        return path if path.is_absolute() or path.exists() else workspace.path / path

    def place(self, workspace: "Workspace") -> tuple[Path, str]:
        """The file or folder, and what its owner calls it. Raises InputError where it is not
        there.
        """
        from studio.documents import incoming
        from studio.errors import InputError

        if incoming.is_staged(self.file):
            return incoming.staged(workspace, self.file)
        path = self.path(workspace)
        if not path.is_file() and not path.is_dir():
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
        from studio.datasets import naming, registry
        from studio.datasets.source_files.containers import refuse_no_rows
        from studio.datasets.taking_in.hub_files import named
        from studio.text.signature import HEAD_BYTES

        if not self.file:
            if "name" not in later:
                registry.require_listed(workspace, self.name)
            return
        if "file" not in later and not named(self.file):
            path, filename = self.place(workspace)
            if path.is_file():
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
        from studio.datasets import naming, refusals
        from studio.datasets.assembly import mix
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
