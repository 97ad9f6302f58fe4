"""``python -m studio.datasets.token_view.token_worker``: a request as JSON on stdin, the rendered
rows as one JSON line on stdout.

With ``--serve`` a request a line, as many as come; the tokenizers stay loaded.
"""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from studio.datasets.opened import Dataset, open_dataset
from studio.datasets.row_forms.formats import Row
from studio.datasets.token_view.joined_view import beginning, joined_page
from studio.datasets.token_view.lengths import Lengths
from studio.datasets.token_view.options import Options, plain
from studio.datasets.token_view.render import Rendered, render_row
from studio.datasets.token_view.template import load_tokenizer
from studio.errors import StudioError
from studio.workspace import Workspace

MOMENT_S = 0.25  # of counting; whoever turns a page waits no longer for it
STORED_EVERY_S = 5.0
_age = [""]
_lengths: dict[str, Lengths] = {}  # of the set that was asked about last, by its file
_stored = [0.0]


def answer(request: dict[str, Any]) -> Any:
    """What a request asks for: the rows of a page, its packs or blocks (see `preview.token_view`),
    or the figures of as many rows as are counted, some more of them each time (see `share`).

    A row that cannot be rendered holds its error.
    """
    workspace = Workspace(Path(request["workspace"]))
    if request.get("count") and (_is_whole(request) or request.get("now") and _begun(request)):
        return _figures(request)  # no row is read for it
    dataset = open_dataset(request["dataset"], workspace)
    if request["age"] != _age[0]:  # the model's files are others than when its tokenizer was loaded
        _age[0] = request["age"]
        load_tokenizer.cache_clear()
    tokenizer = load_tokenizer(request["model"], request["hub"], workspace)
    if request.get("count"):
        return _counted(dataset, tokenizer, request)
    if request.get("joined"):
        return joined_page(dataset, tokenizer, request, options(request), lengths(request))
    found = []
    rows = dataset.iterate(request["offset"], request["limit"])
    for number, row in enumerate(rows, start=request["offset"]):
        try:
            made = rendered(row, tokenizer, request)
            found.append(
                {
                    "row": number,
                    "parts": parts(made, tokenizer),
                    "dropped": made.dropped,
                    "tag": row.get("kto_tag"),
                    "error": None,
                }
            )
        except StudioError as error:
            found.append({"row": number, "parts": [], "error": error.as_record()})
    return found


def options(request: dict[str, Any]) -> Options:
    """What the request asks to be shown as."""
    return Options(**{one.name: request[one.name] for one in fields(Options)})


def rendered(row: Row, tokenizer: Any, request: dict[str, Any]) -> Rendered:
    """One row under the request's options."""
    return render_row(
        row,
        tokenizer,
        stage=request["stage"],
        cutoff_len=request["cutoff_len"],
        train_on_prompt=request["train_on_prompt"],
        mask_history=request["mask_history"],
    )


def lengths(request: dict[str, Any]) -> Lengths:
    """What is counted of the request's set."""
    place = request["lengths"]
    if place not in _lengths:
        _lengths.clear()
        _lengths[place] = Lengths.load(Path(place))
    return _lengths[place]


def _is_whole(request: dict[str, Any]) -> bool:
    """Whether all rows of the request's set are counted."""
    return lengths(request).rows >= int(request["total"])


def _begun(request: dict[str, Any]) -> bool:
    return lengths(request).rows > 0


def _figures(request: dict[str, Any]) -> dict[str, Any]:
    found = lengths(request)
    return {"figures": plain(found.figures(options(request))), "ended": False}


def _counted(dataset: Dataset, tokenizer: Any, request: dict[str, Any]) -> dict[str, Any]:
    """{"figures": of the rows counted so far, "ended": whether no row is left although some were
    expected}.
    """
    found, begun = lengths(request), time.monotonic()
    before = found.rows

    def moment() -> Iterator[Row]:
        for row in dataset.iterate(before, request["total"] - before):
            yield row
            if time.monotonic() - begun > MOMENT_S:
                return

    found.add(moment(), tokenizer, request["stage"])
    ended = found.rows == before
    if ended or found.rows >= request["total"] or begun - _stored[0] > STORED_EVERY_S:
        found.save(Path(request["lengths"]))
        _stored[0] = begun
    return _figures(request) | {"ended": ended}


def _sides(made: Rendered) -> list[tuple[str, Rendered]]:
    """One side for a reply, two for a pair."""
    if made.chosen and made.rejected:
        return [("chosen", made.chosen), ("rejected", made.rejected)]
    return [("reply", made)]


def parts(made: Rendered, tokenizer: Any) -> list[dict[str, Any]]:
    """One part for a reply, two for a pair."""
    return [_part(name, side, tokenizer) for name, side in _sides(made)]


def _part(name: str, made: Rendered, tokenizer: Any) -> dict[str, Any]:
    """One side as the window draws it."""
    shown = beginning(tokenizer, made.input_ids, made.labels, made.tokens, made.special)
    return shown | {
        "name": name,
        "text": made.text,
        "cut_tokens": made.cut_tokens,
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
