"""The rows of a run as token ids, made once and kept in the run folder; a resumed run reads the
same file, so that it goes on with the same rows even if the dataset has changed since.
Worker-only."""

import json
import os
import random
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import datasets
import pyarrow

from studio.datasets.assembly import mix
from studio.datasets.assembly.split import hold_out
from studio.datasets.row_forms import formats
from studio.datasets.row_forms.formats import Row
from studio.datasets.token_view.render import Rendered, render_row
from studio.datasets.token_view.sequences import joined_blocks, packed
from studio.errors import InputError, ModelError, Stopped, StudioError
from studio.files import disk_error, write_text
from studio.training.columns import columns
from studio.training.columns import pair_columns as pair_columns  # what a row becomes, for callers
from studio.training.columns import single_columns as single_columns
from studio.training.plan import fitting
from studio.training.report import Reporter
from studio.training.spec import TrainJob
from studio.workspace import Workspace

IDS = pyarrow.list_(pyarrow.int32())
# Stage → the columns of its rows.
COLUMNS: dict[str, dict[str, pyarrow.DataType]] = {
    **dict.fromkeys(("pt", "sft"), {"input_ids": IDS, "labels": IDS}),
    "packed": {"input_ids": IDS, "labels": IDS, "position_ids": IDS},
    "rm": {"chosen_ids": IDS, "rejected_ids": IDS},
    "dpo": {"prompt_ids": IDS, "chosen_ids": IDS, "rejected_ids": IDS},
    "kto": {"prompt_ids": IDS, "completion_ids": IDS, "label": pyarrow.bool_()},
    **dict.fromkeys(("grpo", "rloo"), {"prompt": pyarrow.string(), "reference": pyarrow.string()}),
}
Numbered = list[tuple[int, Row]]
TOLD_EVERY = 2000
TOLD_ROWS = 5


@dataclass(frozen=True)
class Counts:
    """What became of the rows. dropped: rows of which cutoff_len leaves nothing to learn; cut: rows
    it shortens; refused: rows that cannot be shown to this model, the first few of them in
    `problems` ({"row": number from 1, "reason"}). Of plain text, train and eval count blocks of
    cutoff_len tokens.
    """

    train: int
    eval: int
    dropped: int
    cut: int
    tokens: int
    trained: int
    refused: int = 0
    problems: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Prepared:
    """Tokenised rows. `eval` is None when nothing is held out."""

    train: datasets.Dataset
    eval: datasets.Dataset | None
    counts: Counts


def prepare(
    spec: TrainJob, folder: Path, workspace: Workspace, tokenizer: Any, report: Reporter
) -> Prepared:
    """The run's rows: read from the run folder, or tokenised and kept there. Raises InputError."""
    counts = _kept(folder)
    if counts is None:
        counts = _make(spec, folder, workspace, tokenizer, report)
    held = datasets.Dataset.from_file(str(_file(folder, "eval"))) if counts.eval else None
    return Prepared(datasets.Dataset.from_file(str(_file(folder, "train"))), held, counts)


def _make(
    spec: TrainJob, folder: Path, workspace: Workspace, tokenizer: Any, report: Reporter
) -> Counts:
    rows, held = _chosen(spec, workspace, report)
    tally = Tally()
    sizes = {}
    for part, mine in (("train", rows), ("eval", held)):
        made = _tokenised(spec, mine, tokenizer, tally, report)
        packing = spec.packing and part == "train"
        if spec.stage == "kto":
            # trl takes these rows in their order, and asks that a batch holds different questions.
            made = iter(random.Random(spec.seed).sample(found := list(made), len(found)))
        sizes[part] = _store(
            folder,
            part,
            packed(list(made), spec.cutoff_len) if packing else made,
            COLUMNS["packed" if packing else spec.stage],
        )
    if not sizes["train"]:
        raise _nothing(spec, tally)
    counts = Counts(sizes["train"], sizes["eval"], **asdict(tally))
    _tell(counts, spec, report)
    write_text(folder / "rows.json", json.dumps(asdict(counts)))
    return counts


@dataclass
class Tally:
    """Counts while rows are tokenised; see `Counts`."""

    dropped: int = 0
    cut: int = 0
    tokens: int = 0
    trained: int = 0
    refused: int = 0
    problems: tuple[dict[str, Any], ...] = ()

    def refuse(self, row: int, error: StudioError) -> None:
        """Count a row that cannot be shown to the model."""
        self.refused += 1
        if self.refused <= TOLD_ROWS:
            self.problems += ({"row": row, "reason": error.sentence},)


def _nothing(spec: TrainJob, tally: Tally) -> InputError:
    if tally.refused:
        return InputError(
            "No row can be shown to the model ({count} refused; row {row}: {reason})",
            "Choose another model, or other rows.",
            count=tally.refused,
            row=tally.problems[0]["row"],
            reason=tally.problems[0]["reason"],
        )
    return InputError(
        "No row has anything to learn within {cutoff_len} tokens.",
        "Raise cutoff_len.",
        cutoff_len=spec.cutoff_len,
    )


def _tell(counts: Counts, spec: TrainJob, report: Reporter) -> None:
    report.log(
        f"{counts.train} rows to train on, {counts.eval} held out, {counts.tokens} tokens, "
        f"{counts.trained} of them learnt; {counts.cut} rows cut at {spec.cutoff_len} tokens, "
        f"{counts.dropped} dropped"
    )
    for problem in counts.problems:
        report.log(f"row {problem['row']} is left out: {problem['reason']}")
    if counts.refused > len(counts.problems):
        report.log(f"{counts.refused} rows are left out in all")


def _tokenised(
    spec: TrainJob, rows: Numbered, tokenizer: Any, tally: Tally, report: Reporter
) -> Iterator[dict[str, Any]]:
    """Rendered rows as the columns of their kind; what has nothing to learn is counted and left
    out. Plain texts are joined and cut into blocks of cutoff_len tokens.
    """
    if rows and all("text" in row for _, row in rows):
        made = _rendered(spec, rows, tokenizer, tally, report)
        ids = (one.input_ids for _, _, one in made)
        for block in joined_blocks(ids, spec.cutoff_len):
            tally.tokens += len(block)
            tally.trained += len(block)
            yield {"input_ids": block, "labels": list(block)}
        return
    for number, row, one in _rendered(spec, rows, tokenizer, tally, report):
        if "text" in row:
            tally.refuse(number, InputError("Plain text stands among other rows."))
            continue
        found = list(columns(spec, row, one, tokenizer))
        tally.dropped += not found
        tally.cut += bool(found) and one.truncated
        for made_row, tokens, trained in found:
            tally.tokens += tokens
            tally.trained += trained
            yield made_row


def _rendered(
    spec: TrainJob, rows: Numbered, tokenizer: Any, tally: Tally, report: Reporter
) -> Iterator[tuple[int, Row, Rendered]]:
    """The rows that the model can be shown; one that it cannot is counted, it costs no other."""
    for done, (number, row) in enumerate(rows, start=1):
        if done % TOLD_EVERY == 0:
            report.log(f"{done} of {len(rows)} rows tokenised")
            if report.stopping():
                raise Stopped
        try:
            one = render_row(
                row,
                tokenizer,
                "dpo" if spec.paired else "sft",
                spec.cutoff_len,
                spec.train_on_prompt,
                spec.mask_history or spec.stage == "kto",
            )
        except (InputError, ModelError) as error:
            tally.refuse(number, error)
        else:
            yield number, row, one


def _store(
    folder: Path,
    part: str,
    rows: Iterable[dict[str, Any]],
    columns_of: dict[str, pyarrow.DataType],
) -> int:
    """Write rows as an Arrow stream, batch by batch; the number of rows."""
    schema = pyarrow.schema(list(columns_of.items()))
    target, total = _file(folder, part), 0
    staged = target.with_suffix(".part")
    try:
        with staged.open("wb") as out, pyarrow.ipc.new_stream(out, schema) as writer:
            for batch in _batches(rows, 1000):
                total += len(batch)
                arrays = [
                    pyarrow.array([row[name] for row in batch], type=field.type)
                    for name, field in zip(columns_of, schema, strict=True)
                ]
                writer.write_batch(pyarrow.record_batch(arrays, schema=schema))
            writer.close()
            out.flush()
            os.fsync(out.fileno())
        staged.replace(target)
    except OSError as error:
        raise disk_error(error, target) from error
    return total


def _batches(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    batch = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _chosen(spec: TrainJob, workspace: Workspace, report: Reporter) -> tuple[Numbered, Numbered]:
    """The rows to train on, in their order, and those held out; each with its number in its
    dataset, from 1, by which it is told of.
    """
    parts = [_numbered(spec, name, workspace) for name in spec.datasets]
    if spec.eval_dataset:
        held = [
            row
            for name in spec.eval_datasets
            for row in _numbered(spec, name, workspace, "eval_dataset")
        ]
        return _mixed(spec, parts, report), held
    rows = _mixed(spec, parts, report)
    count = spec.val_size
    share = min(0.9, count / max(1, len(rows))) if count >= 1 else count
    train, kept = hold_out([[_asked(row)] for _, row in rows], share, spec.seed)
    return [rows[n] for n in train], [rows[n] for n in kept]


def _mixed(spec: TrainJob, parts: list[Numbered], report: Reporter) -> Numbered:
    counts = [len(part) for part in parts]
    shares = spec.probabilities() if spec.mix_strategy != "concat" else []
    made = mix.picks(counts, spec.mix_strategy, shares, 0, spec.seed)
    rows = [parts[n][at] for n, at in made]
    if len(parts) > 1:
        told = ", ".join(f"{name} {n}" for name, n in zip(spec.datasets, counts, strict=True))
        report.log(f"rows of {told}; mixed ({spec.mix_strategy}) {len(rows)}")
    return rows


def _numbered(spec: TrainJob, name: str, workspace: Workspace, field: str = "dataset") -> Numbered:
    dataset = fitting(spec, name, workspace, field)
    found = dataset.training_rows(spec.seed, spec.max_samples)
    return [(number + 1, row) for number, row in found]


def _asked(row: Row) -> str:
    """The question, by which rows are kept together when some are held out."""
    return json.dumps(formats.prompt_messages(row) or formats.reply(row), ensure_ascii=False)


def _kept(folder: Path) -> Counts | None:
    try:
        counts = Counts(**json.loads((folder / "rows.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return (
        counts
        if _file(folder, "train").is_file() and (not counts.eval or _file(folder, "eval").is_file())
        else None
    )


def _file(folder: Path, part: str) -> Path:
    return folder / f"rows-{part}.arrow"
