"""The rows of a run as token ids, made once and kept in the run folder; a resumed run reads the
same file, so that it goes on with the same rows even if the dataset has changed since.
Worker-only."""

import bisect
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import datasets
import pyarrow

from studio.datasets import formats
from studio.datasets.formats import Row
from studio.datasets.render import IGNORED, Rendered, joined_blocks, render_row
from studio.datasets.split import hold_out
from studio.errors import InputError, ModelError, Stopped, StudioError
from studio.files import disk_error, write_text
from studio.training.plan import fitting
from studio.training.report import Reporter
from studio.training.spec import TrainJob
from studio.workspace import Workspace

COLUMNS = {
    "single": ("input_ids", "labels"),
    "packed": ("input_ids", "labels", "position_ids"),
    "paired": ("prompt_ids", "chosen_ids", "rejected_ids"),
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
    rows = _numbered(
        fitting(spec, spec.dataset, workspace).training_rows(spec.seed, spec.max_samples)
    )
    if spec.eval_dataset:
        held = _numbered(
            fitting(spec, spec.eval_dataset, workspace).training_rows(spec.seed, spec.max_samples)
        )
    else:
        train, kept = hold_out([[_asked(row)] for _, row in rows], spec.val_size, spec.seed)
        rows, held = [rows[n] for n in train], [rows[n] for n in kept]
    tally = Tally()
    sizes = {}
    for part, mine in (("train", rows), ("eval", held)):
        made = _tokenised(spec, mine, tokenizer, tally, report)
        packed = spec.packing and part == "train"
        kind = "packed" if packed else "paired" if spec.paired else "single"
        sizes[part] = _store(
            folder, part, _pack(list(made), spec.cutoff_len) if packed else made, COLUMNS[kind]
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
) -> Iterator[dict[str, list[int]]]:
    """Rendered rows as the columns of their kind; what has nothing to learn is counted and left
    out. Plain texts are joined and cut into blocks of cutoff_len tokens.
    """
    made = _rendered(spec, rows, tokenizer, tally, report)
    if rows and "text" in rows[0][1]:
        for block in joined_blocks((one.input_ids for one in made), spec.cutoff_len):
            tally.tokens += len(block)
            tally.trained += len(block)
            yield {"input_ids": block, "labels": list(block)}
        return
    for one in made:
        columns = pair_columns(one) if spec.paired else single_columns(one)
        if columns is None:
            tally.dropped += 1
            continue
        tally.cut += one.truncated
        tally.tokens += len(one.input_ids)
        tally.trained += one.trained
        yield columns


def _rendered(
    spec: TrainJob, rows: Numbered, tokenizer: Any, tally: Tally, report: Reporter
) -> Iterator[Rendered]:
    """The rows that the model can be shown; one that it cannot is counted, it costs no other."""
    for done, (number, row) in enumerate(rows, start=1):
        if done % TOLD_EVERY == 0:
            report.log(f"{done} of {len(rows)} rows tokenised")
            if report.stopping():
                raise Stopped
        try:
            yield render_row(
                row,
                tokenizer,
                "dpo" if spec.paired else "sft",
                spec.cutoff_len,
                spec.train_on_prompt,
                spec.mask_history,
            )
        except (InputError, ModelError) as error:
            tally.refuse(number, error)


def single_columns(made: Rendered) -> dict[str, list[int]] | None:
    """input_ids and labels; None when no token after the first is learnt."""
    if all(label == IGNORED for label in made.labels[1:]):
        return None
    return {"input_ids": made.input_ids, "labels": made.labels}


def pair_columns(made: Rendered) -> dict[str, list[int]] | None:
    """prompt_ids, chosen_ids and rejected_ids; None when a side has nothing to learn left.

    The prompt is what both sides begin with; what the template adds after the token that ends a
    reply is left off.
    """
    sides = [side for side in (made.chosen, made.rejected) if side is not None and side.trained]
    if len(sides) < 2:
        return None
    chosen, rejected = sides
    shared = min(chosen.prompt_length, rejected.prompt_length)
    for place in range(shared):
        if chosen.input_ids[place] != rejected.input_ids[place]:
            shared = place
            break
    if not shared:
        return None
    return {
        "prompt_ids": chosen.input_ids[:shared],
        "chosen_ids": chosen.input_ids[shared : _end(chosen)],
        "rejected_ids": rejected.input_ids[shared : _end(rejected)],
    }


def _end(side: Rendered) -> int:
    """One past the last learnt token."""
    return len(side.labels) - next(
        n for n, label in enumerate(reversed(side.labels)) if label != IGNORED
    )


def _pack(rows: list[dict[str, list[int]]], length: int) -> Iterator[dict[str, list[int]]]:
    """Rows laid end to end into packs of at most `length` tokens (best-fit decreasing), none cut,
    none lost.

    position_ids start at 0 for each row, by which attention keeps them apart; a row's first label
    is ignored, since the token before it belongs to another row.
    """
    packs: list[list[dict[str, list[int]]]] = []
    room: list[tuple[int, int]] = []  # (free tokens, pack), rising
    for row in sorted(rows, key=lambda one: -len(one["input_ids"])):
        size = len(row["input_ids"])
        at = bisect.bisect_left(room, (size, -1))
        free, number = room.pop(at) if at < len(room) else (length, len(packs))
        if number == len(packs):
            packs.append([])
        packs[number].append(row)
        bisect.insort(room, (free - size, number))
    for pack in packs:
        yield {
            "input_ids": [token for row in pack for token in row["input_ids"]],
            "labels": [label for row in pack for label in (IGNORED, *row["labels"][1:])],
            "position_ids": [place for row in pack for place in range(len(row["input_ids"]))],
        }


def _store(
    folder: Path, part: str, rows: Iterable[dict[str, list[int]]], columns: tuple[str, ...]
) -> int:
    """Write rows as an Arrow stream, batch by batch; the number of rows."""
    schema = pyarrow.schema([(name, pyarrow.list_(pyarrow.int32())) for name in columns])
    target, total = _file(folder, part), 0
    staged = target.with_suffix(".part")
    try:
        with staged.open("wb") as out, pyarrow.ipc.new_stream(out, schema) as writer:
            for batch in _batches(rows, 1000):
                total += len(batch)
                arrays = [
                    pyarrow.array([row[name] for row in batch], type=field.type)
                    for name, field in zip(columns, schema, strict=True)
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


def _numbered(rows: list[Row]) -> Numbered:
    """Rows with their numbers, from 1, by which they are told of."""
    return list(enumerate(rows, start=1))


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
