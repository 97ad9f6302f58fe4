"""Packs of rows and blocks of plain text as the token view shows them: the tokens as they lie in
training, and where in them each row begins.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from studio.datasets.opened import Dataset
from studio.datasets.source_files.sources import stamp
from studio.datasets.token_view.lengths import Lengths
from studio.datasets.token_view.options import Options, Stage
from studio.datasets.token_view.render import IGNORED, Rendered, render_row
from studio.datasets.token_view.sequences import block_rows, end_to_end, packs
from studio.datasets.token_view.token_bytes import split_characters

SHOWN_TOKENS, KEPT_TEXTS = 4096, 4


def joined_page(
    dataset: Dataset, tokenizer: Any, request: dict[str, Any], options: Options, lengths: Lengths
) -> dict[str, Any]:
    """{"total": how many packs or blocks there are, "offset", "rows": those asked for}, each as the
    worker gives a row, with `members`, the numbers of its rows from 0, and in its part `starts`:
    [[place of a row's first token, its number from 0, 1 where it goes on], …].
    """
    place, stage = request["lengths"], request["stage"]
    limit = request["limit"]
    if lengths.plain:
        total = lengths.figures(options).sequences
        first = _page_of(request["offset"], total, limit)
        numbers = range(first, first + limit)
        made = _blocks(dataset, tokenizer, lengths, options.cutoff_len, numbers)
        return {"total": total, "offset": first, "rows": list(made)}
    found = _packs(place, lengths.rows, options, lengths)
    first = _page_of(request["offset"], len(found), limit)
    pages = [
        _pack(dataset, tokenizer, stage, options, number, found[number])
        for number in range(first, min(first + limit, len(found)))
    ]
    return {"total": len(found), "offset": first, "rows": pages}


def _page_of(offset: int, total: int, limit: int) -> int:
    """Where the page at an offset begins: the last one, where there are fewer by now."""
    return offset if offset < total else max(0, (total - 1) // limit * limit)


# Kept by the lengths' file: sorting and laying out 100,000 rows takes most of a second.
_known: dict[tuple[str, int, Options], list[list[int]]] = {}


def _packs(place: str, rows: int, options: Options, lengths: Lengths) -> list[list[int]]:
    """The rows of each pack, as training lays them out."""
    key = (place, rows, options)
    if key not in _known:
        _known.clear()
        taken = np.flatnonzero(lengths.taken(options))
        sizes = np.minimum(lengths.size[taken, 0], options.cutoff_len).tolist()
        numbers = taken.tolist()
        laid = packs(sizes, options.cutoff_len)
        _known[key] = [[numbers[one] for one in pack] for pack in laid]
    return _known[key]


def _pack(
    dataset: Dataset,
    tokenizer: Any,
    stage: Stage,
    options: Options,
    number: int,
    members: list[int],
) -> dict[str, Any]:
    """One pack, its rows rendered anew and laid end to end."""
    made = [
        render_row(
            dataset.rows(one, 1)[0],
            tokenizer,
            stage,
            options.cutoff_len,
            options.train_on_prompt,
            options.mask_history,
        )
        for one in members
    ]
    columns = end_to_end([{"input_ids": one.input_ids, "labels": one.labels} for one in made])
    starts, at = [], 0
    for one, row in zip(made, members, strict=True):
        starts.append([at, row, 0])
        at += len(one.input_ids)
    return _shown(
        tokenizer,
        number,
        members,
        starts,
        columns | {"tokens": [t for one in made for t in one.tokens]},
        [on for one in made for on in one.special],
    )


def _blocks(
    dataset: Dataset, tokenizer: Any, lengths: Lengths, cutoff: int, numbers: range
) -> Iterator[dict[str, Any]]:
    """Blocks of joined texts."""
    sizes = lengths.size[:, 0].tolist()
    for number in numbers:
        columns: dict[str, list[Any]] = {"input_ids": [], "labels": [], "tokens": []}
        special: list[bool] = []
        starts, members = [], []
        for row, begin, end in block_rows(sizes, cutoff, number):
            made = _text(dataset, tokenizer, row)
            starts.append([len(special), row, int(begin > 0)])
            members.append(row)
            for name, values in columns.items():
                values += getattr(made, name)[begin:end]
            special += made.special[begin:end]
        if len(special) > 1:
            # A block has no places of its own: training counts them through, over ends of texts.
            columns["position_ids"] = list(range(len(special)))
            yield _shown(tokenizer, number, members, starts, columns, special)


def beginning(
    tokenizer: Any, ids: list[int], labels: list[int], tokens: list[str], special: list[bool]
) -> dict[str, Any]:
    """The first 4,096 tokens as the window draws them; `left` is how many follow, `left_trained`
    how many of these are learnt.
    """
    shown = slice(SHOWN_TOKENS)
    rest = labels[SHOWN_TOKENS:]
    return {
        "tokens": tokens[shown],
        "input_ids": ids[shown],
        "labels": labels[shown],
        "special": special[shown],
        "split": split_characters(tokenizer, ids[shown], tokens[shown]),
        "left": len(rest),
        "left_trained": sum(label != IGNORED for label in rest),
        "trained_fraction": (
            sum(label != IGNORED for label in labels) / len(labels) if labels else 0.0
        ),
    }


def _shown(
    tokenizer: Any,
    number: int,
    members: list[int],
    starts: list[list[int]],
    columns: dict[str, Any],
    special: list[bool],
) -> dict[str, Any]:
    """A pack or block as the worker gives a row."""
    ids, tokens, labels = (columns[name] for name in ("input_ids", "tokens", "labels"))
    part = beginning(tokenizer, ids, labels, tokens, special) | {
        "name": "joined",
        "text": "".join(tokens),
        "positions": columns["position_ids"][:SHOWN_TOKENS],
        "starts": starts,
        "cut_tokens": [],
        "truncated": False,
    }
    return {"row": number, "members": members, "parts": [part], "dropped": False, "error": None}


_texts: dict[tuple[Any, ...], Rendered] = {}


def _text(dataset: Dataset, tokenizer: Any, row: int) -> Rendered:
    """A text's tokens; of a book, which fills many blocks, remembered."""
    key = (str(dataset.path), stamp(dataset.path), row, id(tokenizer))
    if key not in _texts:
        if len(_texts) >= KEPT_TEXTS:
            _texts.clear()
        _texts[key] = render_row(dataset.rows(row, 1)[0], tokenizer, "pt")
    return _texts[key]
