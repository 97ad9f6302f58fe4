"""``python -m studio.datasets.token_worker``: a request as JSON on stdin, the rendered rows as one
JSON line on stdout.

With ``--serve`` a request a line, as many as come; the tokenizers stay loaded.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from studio.datasets.formats import Row
from studio.datasets.opened import open_dataset
from studio.datasets.render import Rendered, render_row
from studio.datasets.template import load_tokenizer
from studio.datasets.token_bytes import split_characters
from studio.errors import StudioError
from studio.workspace import Workspace

MOMENT_S = 0.25  # of counting; whoever turns a page waits no longer for it
_age = [""]


def answer(request: dict[str, Any]) -> Any:
    """The rows that a request asks for (see `preview.token_view`), or the count of as many as a
    moment allows (see `share`); a row that cannot be rendered holds its error.
    """
    workspace = Workspace(Path(request["workspace"]))
    dataset = open_dataset(request["dataset"], workspace)
    if request["age"] != _age[0]:  # the model's files are others than when its tokenizer was loaded
        _age[0] = request["age"]
        load_tokenizer.cache_clear()
    tokenizer = load_tokenizer(request["model"], request["hub"], workspace)
    rows = dataset.iterate(request["offset"], request["limit"])
    if request.get("count"):
        return _counted(rows, tokenizer, request)
    found = []
    for number, row in enumerate(rows, start=request["offset"]):
        try:
            made = _rendered(row, tokenizer, request)
            found.append({"row": number, "parts": parts(made, tokenizer), "error": None})
        except StudioError as error:
            found.append({"row": number, "parts": [], "error": error.as_record()})
    return found


SHOWN_TEXT = 4096  # tokens of a plain text, which may be a book


def _rendered(row: Row, tokenizer: Any, request: dict[str, Any]) -> Rendered:
    return render_row(
        row,
        tokenizer,
        stage=request["stage"],
        cutoff_len=request["cutoff_len"],
        train_on_prompt=request["train_on_prompt"],
        mask_history=request["mask_history"],
    )


def _counted(rows: Iterable[Row], tokenizer: Any, request: dict[str, Any]) -> dict[str, Any]:
    """{"done": rows looked at, "faulty": of these not rendered, "sides": name → sums}."""
    begun, done, faulty = time.monotonic(), 0, 0
    sides: dict[str, Counter[str]] = {}
    for row in rows:
        done += 1
        try:
            made = _rendered(row, tokenizer, request)
        except StudioError:
            faulty += 1
        else:
            for name, side in _sides(made):
                sides.setdefault(name, Counter()).update(
                    tokens=len(side.input_ids),
                    trained=side.trained,
                    cut=len(side.cut_tokens),
                    cut_rows=int(side.truncated),
                    idle_rows=int(not side.trained),
                )
        if time.monotonic() - begun > MOMENT_S:
            break
    return {"done": done, "faulty": faulty, "sides": sides}


def _sides(made: Rendered) -> list[tuple[str, Rendered]]:
    """One side for a reply, two for a pair."""
    if made.chosen and made.rejected:
        return [("chosen", made.chosen), ("rejected", made.rejected)]
    return [("reply", made)]


def parts(made: Rendered, tokenizer: Any) -> list[dict[str, Any]]:
    """One part for a reply, two for a pair."""
    return [_part(name, side, tokenizer) for name, side in _sides(made)]


def _part(name: str, made: Rendered, tokenizer: Any) -> dict[str, Any]:
    """One side as the window draws it; of a long plain text the beginning, `left` is how many
    tokens follow, all of them trained on.
    """
    shown = SHOWN_TEXT if made.plain else len(made.input_ids)
    ids, tokens = made.input_ids[:shown], made.tokens[:shown]
    return {
        "name": name,
        "plain": made.plain,
        "left": len(made.input_ids) - len(ids),
        "text": "".join(tokens) if made.plain else made.text,
        "tokens": tokens,
        "input_ids": ids,
        "labels": made.labels[:shown],
        "special": made.special[:shown],
        "split": split_characters(tokenizer, ids, tokens),
        "cut_tokens": made.cut_tokens,
        "trained_fraction": made.trained_fraction,
        "truncated": made.truncated,
    }


def main(arguments: list[str]) -> int:
    """Answer one request, or each line; errors become a record, for the window to translate."""
    for request in sys.stdin.buffer if "--serve" in arguments else [sys.stdin.buffer.read()]:
        sys.stdout.write("\n" + json.dumps(_reply(request)) + "\n")
        sys.stdout.flush()
    return 0


def _reply(request: bytes) -> dict[str, Any]:
    try:
        return {"rows": answer(json.loads(request))}
    except StudioError as error:
        return {"error": error.as_record()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
