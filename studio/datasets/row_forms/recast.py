"""Rows of one kind as rows of another: pairs as single answers with a label and back, either as
plain questions and answers. Each row that has no counterpart is left out by name.

    ranking → kto       two rows: chosen is wanted, rejected is not
    kto → ranking       one pair for each wanted and unwanted answer to the same question
    ranking, kto → sft  chosen; the wanted answers
    text → sft          text in Alpaca's template
"""

from collections.abc import Iterator
from typing import Any

from studio.datasets.assembly.gather import Gathered
from studio.datasets.row_forms import formats
from studio.datasets.row_forms.alpaca_template import of_text
from studio.datasets.row_forms.formats import Row
from studio.datasets.row_forms.write import lost, partly_lost
from studio.datasets.source_files.convert import example
from studio.datasets.source_files.row_problem import RowProblem
from studio.errors import InputError
from studio.models.chat_template import with_thought
from studio.spec import digest

SIDES = (("chosen", True), ("rejected", False))


def recast(found: Gathered, kind: str) -> Gathered:
    """The rows as `kind` (sft, kto, ranking; "same" leaves them), in their order, each with where
    it came from.

    Raises InputError where no row can be made so.
    """
    if kind == "same":
        return found
    made = Gathered(problems=found.problems, skipped=found.skipped, dropped=found.dropped)
    before = found.skipped
    for number, row in _paired(found, made) if kind == "ranking" else _singles(found, made, kind):
        made.carry(found, number, row)
    if not made.rows:
        first = made.problems[-1] if made.skipped > before and made.problems else None
        raise InputError(
            "No row can be turned into {kind} ({reason}).",
            "Choose another kind of rows.",
            fields=("rows_as",),
            kind=kind,
            reason=str(first["reason"]) if first else "they are empty",
        )
    return made


def leave_out(found: Gathered, formatting: str) -> Gathered:
    """The rows without those that `formatting` has no place for; these are counted with the
    reason.
    """
    made = Gathered(problems=found.problems, skipped=found.skipped, dropped=found.dropped)
    for number, row in enumerate(found.rows):
        if reason := lost(row, formatting):
            _leave(found, made, number, f"{formatting} has no place for {reason}")
            continue
        made.carry(found, number, row)
    return made


def count_partly_lost(found: Gathered, formatting: str) -> None:
    """Count what `formatting` keeps only in another shape, kind by kind with the first row."""
    for row in found.rows:
        for what in partly_lost(row, formatting):
            found.drop(what, 1, example(formats.question(row) or formats.reply(row)))


def _singles(found: Gathered, made: Gathered, kind: str) -> Iterator[tuple[int, Row]]:
    """Each row as rows of one answer, with a label for kto."""
    for number, row in enumerate(found.rows):
        have = formats.kind(row)
        if have == "ranking":
            for side, wanted in SIDES[: 2 if kind == "kto" else 1]:
                yield number, _answered(row, side) | ({"kto_tag": wanted} if kind == "kto" else {})
        elif have == "kto":
            if kind == "kto":
                yield number, row
            elif row["kto_tag"]:
                yield number, {name: row[name] for name in row if name != "kto_tag"}
            else:
                _leave(found, made, number, "its answer is not wanted")
        elif have == "text":
            if kind == "sft" and (read := of_text(row["text"])):
                yield number, read
            else:
                _leave(found, made, number, "plain text has no question")
        elif kind == "sft":
            yield number, row
        else:
            _leave(found, made, number, "it has neither a label nor a second answer")


def _paired(found: Gathered, made: Gathered) -> Iterator[tuple[int, Row]]:
    """Pairs as they are; of rows with labels, the first wanted answer to a question with its first
    unwanted one, and so on.
    """
    waiting: dict[str, dict[bool, list[int]]] = {}
    ready: list[tuple[int, Row]] = []
    for number, row in enumerate(found.rows):
        have = formats.kind(row)
        if have == "ranking":
            ready.append((number, row))
        elif have == "kto":
            sides = waiting.setdefault(_asked(row), {True: [], False: []})
            sides[row["kto_tag"]].append(number)
        else:
            reason = (
                "plain text has no question"
                if have == "text"
                else "it has neither a label nor a second answer"
            )
            _leave(found, made, number, reason)
    for sides in waiting.values():
        pairs = list(zip(sides[True], sides[False], strict=False))
        for wanted, unwanted in pairs:
            try:
                pair = _pair(found.rows[wanted], found.rows[unwanted])
            except RowProblem as problem:
                _leave(found, made, wanted, str(problem))
                _leave(found, made, unwanted, str(problem))
                continue
            ready.append((min(wanted, unwanted), pair))
        for side in (True, False):
            for number in sides[side][len(pairs) :]:
                _leave(found, made, number, "no answer with the other label stands beside it")
    yield from sorted(ready, key=lambda one: one[0])


def _asked(row: Row) -> str:
    return digest([formats.prompt_messages(row), row.get("tools") or ""])


def _answered(row: Row, side: str) -> Row:
    """One side of a pair as the answer of a row."""
    rest = {name: value for name, value in row.items() if name not in ("chosen", "rejected")}
    if "messages" in row:
        turns = [*row["messages"], {"role": "assistant", "content": row[side]}]
        return rest | {"messages": turns}
    return rest | {"output": row[side]}


def _pair(wanted: Row, unwanted: Row) -> Row:
    """Two answers to one question as a pair. Raises RowProblem."""
    sides = {"chosen": _reply(wanted), "rejected": _reply(unwanted)}
    if sides["chosen"].strip() == sides["rejected"].strip():
        raise RowProblem("chosen and rejected are the same")
    rest: dict[str, Any] = {
        name: value for name, value in wanted.items() if name not in ("output", "kto_tag")
    }
    if "messages" in rest:
        rest["messages"] = rest["messages"][:-1]
    return rest | sides


def _reply(row: Row) -> str:
    if "messages" not in row:
        return str(row["output"])
    last = row["messages"][-1]
    if "tool_calls" in last:
        raise RowProblem("its answer is a function call, which a pair cannot hold")
    thought = last.get("reasoning_content")
    return with_thought(thought, last["content"]) if thought else str(last["content"])


def _leave(found: Gathered, made: Gathered, number: int, reason: str) -> None:
    origin = found.origins[number]
    source = str(origin.get("dataset") or origin.get("set") or "")
    made.skip(source, int(origin.get("row") or number + 1), reason)
