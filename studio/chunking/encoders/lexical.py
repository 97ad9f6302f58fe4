"""The lexical encoder: sentences as TF-IDF vectors of hashed words and characters.

No model is needed.

Words of alphabetic scripts count by their first five letters, which joins most inflected forms;
Chinese, Japanese and Korean characters count singly and in pairs. Words without a subject
(`stopwords`) are left out. idf = ln((1 + N) / (1 + df)) + 0.05 over the sentences of the section at
hand (Spärck Jones 1972).
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from studio.chunking.encoders import stopwords

BUCKETS_LOG2 = 18
FEW = 60_000
MULTIPLIER = np.uint64(
    0x9E3779B97F4A7C15
)  # 2^64 / golden ratio: multiplicative hashing (Knuth, TAOCP 6.4)
STEM = 5
LEAST_IDF = 0.05
BEFORE_SENTENCES = ".!?\"“”‘’'-—_:;"  # behind these any word may stand in upper case

Codes = NDArray[np.uint64]
Mask = NDArray[np.bool_]
Part = tuple[NDArray[np.int64], Codes]


def encode(text: str, borders: list[int]) -> sparse.csr_matrix:
    """One L2-normalised row a sentence text[borders[i]:borders[i + 1]]; a row without words is
    zero.
    """
    codes, row_of = _codes(text, borders)
    wide, letter = _classes(codes)
    counts, kept = _matrix(
        [(row_of[wide], codes[wide]), _pairs(codes, wide, row_of), _words(codes, letter, row_of)],
        len(borders) - 1,
    )
    return _tf_idf(counts, _empty()[kept])


def words(text: str, borders: list[int]) -> sparse.csr_matrix:
    """Which words and single characters each sentence holds: 1 where it does, one column a hashed
    word.
    """
    codes, row_of = _codes(text, borders)
    wide, letter = _classes(codes)
    held, _ = _matrix(
        [(row_of[wide], codes[wide]), _words(codes, letter, row_of)], len(borders) - 1
    )
    held.data[:] = 1
    return held


def kinds(text: str, borders: list[int]) -> dict[str, sparse.csr_matrix]:
    """Which words of each kind every sentence holds: 1 where it does, one column a hashed word.

    Names are words of alphabetic scripts that stand mostly in upper case where no sentence begins.
    A Chinese character counts as a word.
    """
    codes, row_of = _codes(text, borders)
    wide, letter = _classes(codes)
    rows, hashes = _words(codes, letter, row_of)
    columns = _buckets(hashes)
    empty, persons, name = _empty()[columns], _persons()[columns], _names(text, borders, columns)
    single, at = row_of[wide], codes[wide]
    wide_empty, wide_persons = _empty()[_buckets(at)], _persons()[_buckets(at)]
    mark = (codes > 32) & ~wide & ~letter
    parts: dict[str, list[Part]] = {
        "names": [(rows[name & ~empty], hashes[name & ~empty])],
        "pronouns": [(rows[persons], hashes[persons]), (single[wide_persons], at[wide_persons])],
        "function words": [
            (rows[empty & ~persons], hashes[empty & ~persons]),
            (single[wide_empty & ~wide_persons], at[wide_empty & ~wide_persons]),
        ],
        "content": [
            (rows[~empty & ~name & ~persons], hashes[~empty & ~name & ~persons]),
            (single[~wide_empty & ~wide_persons], at[~wide_empty & ~wide_persons]),
        ],
        "marks": [(row_of[mark], codes[mark])],
    }
    found = {}
    for kind, some in parts.items():
        found[kind], _ = _matrix(some, len(borders) - 1)
        found[kind].data[:] = 1
    return found


def _names(text: str, borders: list[int], columns: NDArray[np.int64]) -> Mask:
    """Of each word whether it is a name, columns: the words' hashes."""
    plain, row_of = _codes(text, borders)
    letter = _classes(plain)[1]
    starts = _starts(letter, row_of)
    raw = np.frombuffer(
        text[borders[0] : borders[-1]].encode("utf-32-le", "surrogatepass"), dtype="<u4"
    )
    upper = (raw[starts] >= 65) & (raw[starts] <= 90)
    spaced = raw[starts - 1] <= 32
    # What stands before the text's first word does not count: it is the first of its sentence.
    before = np.where(spaced, raw[np.maximum(starts - 2, 0)], raw[starts - 1])
    first = np.concatenate([[True], row_of[starts[1:]] != row_of[starts[:-1]]])[: len(starts)]
    begins = first | np.isin(before, [ord(mark) for mark in BEFORE_SENTENCES])
    _, kind = np.unique(columns, return_inverse=True)
    named = np.bincount(kind, upper & ~begins)
    other = np.bincount(kind, ~upper)
    return ((named > 0) & (named >= other))[kind]


def _codes(text: str, borders: list[int]) -> tuple[Codes, NDArray[np.int64]]:
    """(code points in lower case, the sentence of each)."""
    codes = np.frombuffer(
        text[borders[0] : borders[-1]].encode("utf-32-le", "surrogatepass"), dtype="<u4"
    ).astype(np.uint64)
    codes = np.where((codes >= 65) & (codes <= 90), codes + np.uint64(32), codes)
    return codes, np.repeat(np.arange(len(borders) - 1), np.diff(borders))


def _matrix(parts: list[Part], sentences: int) -> tuple[sparse.csr_matrix, Any]:
    """(how often each hashed feature stands in each sentence, which features the columns are).

    A short text has columns for its own features alone: the width costs more there than the text.
    """
    rows = np.concatenate([rows for rows, _ in parts])
    columns = _buckets(np.concatenate([hashes for _, hashes in parts]))
    kept: Any = slice(None)
    if len(columns) < FEW:
        kept, columns = np.unique(columns, return_inverse=True)
    width = 1 << BUCKETS_LOG2 if isinstance(kept, slice) else max(1, len(kept))
    return sparse.csr_matrix(
        (np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=(sentences, width)
    ), kept


def _buckets(hashes: Codes) -> NDArray[np.int64]:
    return (hashes * MULTIPLIER >> np.uint64(64 - BUCKETS_LOG2)).astype(np.int64)


def _classes(codes: Codes) -> tuple[Mask, Mask]:
    """(character is written without spaces, character belongs to a word)."""
    wide = (
        ((codes >= 0x2E80) & (codes <= 0x2FDF))
        | ((codes >= 0x3040) & (codes <= 0x9FFF) & (codes != 0x30FB))
        | ((codes >= 0xAC00) & (codes <= 0xD7FF))
        | ((codes >= 0xF900) & (codes <= 0xFAFF))
        | ((codes >= 0x20000) & (codes < 0x40000))
    )
    letter = (
        ((codes >= 97) & (codes <= 122))
        | ((codes >= 48) & (codes <= 57))
        | ((codes >= 0xC0) & (codes < 0x2000) & (codes != 0xD7))
    )
    return wide, letter


def _pairs(codes: Codes, wide: Mask, row_of: NDArray[np.int64]) -> Part:
    """Rows and hashes of neighbouring wide characters within a sentence."""
    pair = wide[:-1] & wide[1:] & (row_of[:-1] == row_of[1:])
    return row_of[:-1][pair], (codes[:-1] * np.uint64(1_000_003) + codes[1:])[pair]


def _words(codes: Codes, letter: Mask, row_of: NDArray[np.int64]) -> Part:
    """Rows and hashes of the words' first letters; the hash is a polynomial of them."""
    starts = _starts(letter, row_of)
    if not len(starts):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint64)
    at = np.flatnonzero(letter)
    first = np.searchsorted(at, starts)
    place = np.minimum(np.arange(len(at)) - np.repeat(first, np.diff([*first, len(at)])), STEM)
    powers = np.array(
        [*(pow(0x100000001B3, k + 1, 1 << 64) for k in range(STEM)), 0], dtype=np.uint64
    )
    return row_of[starts], np.add.reduceat(codes[at] * powers[place], first)


def _starts(letter: Mask, row_of: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where words begin."""
    before = np.zeros(len(letter), dtype=bool)
    before[1:] = letter[:-1] & (row_of[:-1] == row_of[1:])
    return np.flatnonzero(letter & ~before)


@lru_cache(maxsize=1)
def _empty() -> Mask:
    """Which columns are of words without a subject."""
    return _columns_of(stopwords.ENGLISH, stopwords.CHINESE)


@lru_cache(maxsize=1)
def _persons() -> Mask:
    """Which columns are of pronouns."""
    return _columns_of(stopwords.PRONOUNS, stopwords.CHINESE_PRONOUNS)


def _columns_of(english: list[str], chinese: str) -> Mask:
    text = " ".join(english)
    codes, row_of = _codes(text, [0, len(text)])
    _, hashes = _words(codes, _classes(codes)[1], row_of)
    characters = np.array([ord(character) for character in chinese], dtype=np.uint64)
    found = np.zeros(1 << BUCKETS_LOG2, dtype=bool)
    found[_buckets(np.concatenate([hashes, characters]))] = True
    return found


def _tf_idf(counts: sparse.csr_matrix, empty: Mask) -> sparse.csr_matrix:
    """(1 + ln tf) · idf, each row brought to length 1.

    What occurs in one sentence only is left out: it can join nothing, and would drown what is
    shared. So are the columns that `empty` marks: words without a subject.
    """
    sentences = counts.shape[0]
    held = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.where((held > 1) & ~empty, np.log((1 + sentences) / (1 + held)) + LEAST_IDF, 0).astype(
        np.float32
    )
    counts.data = (1 + np.log(counts.data)) * idf[counts.indices]
    counts.eliminate_zeros()
    lengths = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1)).ravel())
    scale = np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return sparse.csr_matrix(sparse.diags(scale) @ counts, dtype=np.float32)
