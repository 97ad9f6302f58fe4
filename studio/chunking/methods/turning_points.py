"""How plainly the subject turns at each place: what stands right before it beside what stands right
behind, looked at in several ways and over several lengths.

`evidence` weighs whole chunks and counts every word alike; here words of different kinds speak for
themselves, since they change for different reasons: names and what the text is about with the
subject, pronouns with who is there, function words and marks with the manner of telling. Of each
kind (`lexical.kinds`) and each of `WINDOWS` the cosine between the two sides is looked at, as
it stands to the section's mean, and how deep it lies below the highest near it on both sides
(Hearst 1997). A logistic regression makes one number of them: the log of how much likelier such a
place is at a border than elsewhere, in nats, which is what a border there costs less.

Who is named on both sides of a place is in the same story on both: what that costs a border
(`carried`) was set on the same texts by what it does in the whole search, since place by place the
regression sees little in it.

Its weights (`turning_weights`) were learnt by tests/bench/fit_turning_points.py from texts that are
put together of parts of novels and laws; none of those is in the figures of the README.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from studio.chunking.encoders.base import Vectors
from studio.chunking.methods import turning_weights

WINDOWS = (3, 6, 12)  # sentences on each side
NAME_REACH = 12  # sentences in which a name comes back
NAME_COST = 0.4  # nats; more of it parts a statute inside its sections
REACH = 6  # sentences to each side in which the highest is looked for
ROOTED = frozenset(("pronouns", "function words", "marks"))  # few of them make up most of a text
Floats = NDArray[np.float64]


def gains(found: Mapping[str, Floats], by_model: bool) -> Floats:
    """(units): nats that speak for a border before each unit; 0 for the first.

    found: `features`; by_model: whether a sentence model's are among them.
    """
    weights = turning_weights.WITH_MODEL if by_model else turning_weights.LEXICAL
    values = np.full(next(iter(found.values())).shape, weights["constant"])
    for name, feature in found.items():
        values += weights[name] * feature
    values[:1] = 0
    return values


def carried(names: sparse.csr_matrix) -> Floats:
    """(units): nats that a border before each unit costs more than one at other places, by how many
    names stand before it and come back from it on, within `NAME_REACH` units.

    names: which names each unit holds, (units, columns); a text without any says nothing.
    """
    units, by_name = names.shape[0], names.tocsc()
    by_name.sort_indices()
    at = by_name.indices
    name = np.repeat(np.arange(names.shape[1]), np.diff(by_name.indptr))
    back = (name[1:] == name[:-1]) & (at[1:] - at[:-1] <= NAME_REACH)
    begun = np.bincount(at[:-1][back] + 1, minlength=units + 1)
    ended = np.bincount(at[1:][back] + 1, minlength=units + 1)
    over = np.sqrt(np.cumsum(begun - ended)[:units].astype(np.float64))
    found: Floats = NAME_COST * (over - over.mean())
    return found


def features(
    kinds: Mapping[str, sparse.csr_matrix], model: Vectors | None = None
) -> dict[str, Floats]:
    """(units) of each feature, by its name.

    kinds: of each kind of words which each unit holds, (units, columns); model: the vectors of a
    sentence model.
    """
    found: dict[str, Floats] = {}
    views = dict(kinds) | ({"model": model.rows} if model is not None else {})
    for kind, rows in views.items():
        for size, alike in _alike(rows, kind in ROOTED).items():
            known = np.isfinite(alike)
            mean = float(alike[known].mean()) if known.any() else 0.0
            alike = np.where(known, alike, mean)
            found[f"{kind} {size}"] = alike - mean
            found[f"{kind} {size} depth"] = _depth(alike)
    return found


def _alike(rows: sparse.csr_matrix | Floats, rooted: bool) -> dict[int, Floats]:
    """Of each window size the cosine between the sums of the units before and from each unit on;
    NaN where a side has nothing.
    """
    units, most = rows.shape[0], WINDOWS[-1]
    # `most` empty units in front: sums[most + i] of the units from i on, sums[most + i - size] of
    # those before it.
    front = sparse.eye(units + most, units, k=-most, format="csr", dtype=np.float32)
    placed = sparse.csr_matrix(front @ rows)
    sums = placed
    for by in range(1, WINDOWS[0]):
        sums = sums + _moved(placed, by)
    found = {}
    for size in WINDOWS:
        if size > WINDOWS[0]:
            sums = sums + _moved(sums, size // 2)
        shown = sums.sqrt() if rooted else sums
        lengths = np.sqrt(_row_sums(shown, shown.data.astype(np.float64) ** 2))
        products = shown.multiply(_moved(shown, size)).tocsr()
        behind = slice(most - size, most - size + units)
        products = _row_sums(products, products.data)[behind]
        both = lengths[behind] * lengths[most:]
        found[size] = np.divide(products, both, out=np.full(units, np.nan), where=both > 0)
    return found


def _row_sums(matrix: sparse.csr_matrix, values: Floats) -> Floats:
    """Of the values of the matrix's entries."""
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    found: Floats = sums[matrix.indptr[1:]] - sums[matrix.indptr[:-1]]
    return found


def _moved(matrix: sparse.csr_matrix, by: int) -> sparse.csr_matrix:
    """The rows from `by` on, and empty ones behind."""
    begin = matrix.indptr[min(by, matrix.shape[0])]
    end = np.full(min(by, matrix.shape[0]), matrix.nnz - begin, dtype=matrix.indptr.dtype)
    return sparse.csr_matrix(
        (
            matrix.data[begin:],
            matrix.indices[begin:],
            np.concatenate([matrix.indptr[by:] - begin, end]),
        ),
        shape=matrix.shape,
    )


def _depth(alike: Floats) -> Floats:
    """How deep each value lies below the highest near it, on both sides together."""
    edge = np.full(REACH, -np.inf)
    near = np.lib.stride_tricks.sliding_window_view(
        np.concatenate([edge, alike, edge]), REACH + 1
    ).max(axis=1)
    found: Floats = near[: len(alike)] + near[REACH:] - 2 * alike
    return found
