"""``python -m studio.datasets.token_worker``: a request as JSON on stdin, the rendered rows as one
JSON line on stdout.

With ``--serve`` a request a line, as many as come; the tokenizers stay loaded.
"""

import json
import sys
from pathlib import Path
from typing import Any

from studio.datasets.opened import open_dataset
from studio.datasets.render import Rendered, render_row
from studio.datasets.template import load_tokenizer
from studio.errors import StudioError
from studio.workspace import Workspace

_age = [""]


def answer(request: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows that a request asks for (see `preview.token_view`); a row that cannot be rendered
    holds its error.
    """
    workspace = Workspace(Path(request["workspace"]))
    dataset = open_dataset(request["dataset"], workspace)
    if request["age"] != _age[0]:  # the model's files are others than when its tokenizer was loaded
        _age[0] = request["age"]
        load_tokenizer.cache_clear()
    tokenizer = load_tokenizer(request["model"], request["hub"], workspace)
    rows = []
    for number, row in enumerate(
        dataset.iterate(request["offset"], request["limit"]), start=request["offset"]
    ):
        try:
            made = render_row(
                row,
                tokenizer,
                stage=request["stage"],
                cutoff_len=request["cutoff_len"],
                train_on_prompt=request["train_on_prompt"],
                mask_history=request["mask_history"],
            )
            rows.append({"row": number, "parts": parts(made), "error": None})
        except StudioError as error:
            rows.append({"row": number, "parts": [], "error": error.as_record()})
    return rows


def parts(made: Rendered) -> list[dict[str, Any]]:
    """One part for a reply, two for a pair."""
    if made.chosen and made.rejected:
        return [_part("chosen", made.chosen), _part("rejected", made.rejected)]
    return [_part("reply", made)]


def _part(name: str, made: Rendered) -> dict[str, Any]:
    return {
        "name": name,
        "text": made.text,
        "tokens": made.tokens,
        "input_ids": made.input_ids,
        "labels": made.labels,
        "special": made.special,
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
