"""Texts that say nearly the same: groups of rows that share most of their character 5-grams.

Texts are compared after NFKC, case folding and with each run of blanks as one. rensa makes a
MinHash of each text; texts whose hashes agree in a band are candidates, and a candidate counts only
when the exact Jaccard similarity of the two sets of 5-grams reaches the threshold. So nothing is
grouped that is not that similar; a pair right at the threshold is missed about once in 200. rensa's
own index (RMinHashLSH) answers with a list of candidates for each text, which grows with the square
of a group; here one band is sorted at a time. Texts and hashes lie in a temporary file, so that
memory holds about 40 bytes of each text.
"""

import hashlib
import math
import tempfile
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import IO, TYPE_CHECKING

from studio.errors import Stopped

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Hashes = NDArray[numpy.uint64]
    Numbers = NDArray[numpy.int64]
    Signatures = NDArray[numpy.uint16]

GRAM = 5  # characters
SLOTS = 256  # of a MinHash; the more, the fewer pairs are missed
MISSED = 0.005  # share of pairs right at the threshold that no band shows
DOUBT = 4  # standard deviations by which the hashes may tell too little
SEED = 42
BATCH = 2000  # texts hashed at a time
CACHED = 4096  # sets of 5-grams kept at hand
SMALL = 8  # texts in a bucket that are compared each with each, all buckets at a time
LOOK_UP = 64  # texts of a larger bucket after which it is seen whether all are one group
MIX = 0x9E3779B97F4A7C15  # an odd number with well mixed bits


def clusters(
    texts: Iterable[str],
    *,
    threshold: float = 0.8,
    stopping: Callable[[], bool] = lambda: False,
    progress: Callable[[float], None] = lambda share: None,
) -> list[list[int]]:
    """Groups of two or more row numbers (from 0) whose texts are near-duplicates, each in rising
    order, the groups by their first row.

    Each row of a group reaches `threshold` (Jaccard similarity of 5-grams, above 0 to 1) with some
    other row of it, not with every one. Texts without a visible character are in no group.
    stopping: asked between batches; once true, Stopped is raised. progress: told the share done, 0
    to 1. The same texts give the same groups.
    """
    with tempfile.TemporaryFile() as words, tempfile.TemporaryFile() as hashes:
        kept = _Texts(words, hashes)
        for batch in _batches(texts):
            if stopping():
                raise Stopped
            kept.add(batch)
        progress(0.5)
        return _grouped(kept, threshold, stopping, progress)


def similarity(first: str, second: str) -> float:
    """The Jaccard similarity of two texts' character 5-grams after normalising, 0 to 1."""
    return _jaccard(_grams(normal(first)), _grams(normal(second)))


def normal(text: str) -> str:
    """A text as it is compared: NFKC, case folded, blanks as one space."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _grams(text: str) -> frozenset[str]:
    """The 5-grams of a normal text; a shorter one is its own."""
    return frozenset(text[at : at + GRAM] for at in range(max(1, len(text) - GRAM + 1)))


def _jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    shared = len(first & second)
    return shared / (len(first) + len(second) - shared)


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    waiting = iter(texts)
    while batch := list(islice(waiting, BATCH)):
        yield batch


class _Texts:
    """The different texts in normal form, and their MinHashes, on disk.

    rows: for each text the first row that has it, and in `same` the further ones.
    """

    def __init__(self, words: IO[bytes], hashes: IO[bytes]) -> None:
        self._words, self._hashes = words, hashes
        self._places: list[tuple[int, int]] = []
        self._known: dict[bytes, int] = {}
        self._seen = 0
        self.rows: list[int] = []
        self.same: dict[int, list[int]] = defaultdict(list)
        self.grams: Callable[[int], frozenset[str]] = lru_cache(CACHED)(
            lambda number: _grams(self._text(number))
        )

    def add(self, batch: Sequence[str]) -> None:
        """Take the next rows in. Equal texts are hashed once."""
        new = []
        for row, text in enumerate(map(normal, batch), start=self._seen):
            if not text:
                continue
            data = text.encode("utf-8", "surrogatepass")
            number = self._known.setdefault(
                hashlib.blake2b(data, digest_size=16).digest(), len(self.rows)
            )
            if number < len(self.rows):
                self.same[number].append(row)
                continue
            self.rows.append(row)
            self._places.append((self._words.seek(0, 2), len(data)))
            self._words.write(data)
            new.append(text)
        self._seen += len(batch)
        if new:
            self._hashes.write(_signatures(new).tobytes())

    def signatures(self) -> "Signatures":
        """A MinHash a text, in the order of `rows`: texts × SLOTS, read from disk as needed."""
        import numpy

        self._hashes.flush()
        return numpy.memmap(self._hashes, numpy.uint16, "r", shape=(len(self.rows), SLOTS))

    def _text(self, number: int) -> str:
        start, length = self._places[number]
        self._words.seek(start)
        return self._words.read(length).decode("utf-8", "surrogatepass")


def _signatures(texts: Sequence[str]) -> "Signatures":
    """MinHashes of normal texts, texts × SLOTS, the low 16 bits of each slot."""
    import numpy
    import rensa

    padded = [text.ljust(GRAM, "\0") for text in texts]
    points = numpy.frombuffer(
        "".join(padded).encode("utf-32-le", "surrogatepass"), dtype=numpy.uint32
    ).astype(numpy.uint64)
    ends = numpy.cumsum([len(text) for text in padded])
    hashed = numpy.zeros(len(points) - GRAM + 1, dtype=numpy.uint64)
    for place in range(GRAM):
        hashed *= numpy.uint64(MIX)  # overflow is meant: modulo 2**64
        hashed += points[place : place + len(hashed)]
    hashed ^= hashed >> numpy.uint64(29)
    inside = numpy.ones(len(hashed), dtype=bool)  # no gram reaches over the end of its text
    for before in range(1, GRAM):
        inside[ends[:-1] - before] = False
    starts = numpy.concatenate([[0], ends - (GRAM - 1) * numpy.arange(1, len(ends) + 1)])
    made = rensa.RMinHash.digest_matrix_from_flat_token_hashes(
        hashed[inside], starts.astype(numpy.uint64), SLOTS, SEED
    )
    return numpy.array(made.to_rows(), dtype=numpy.uint32).astype(numpy.uint16)


def _band(threshold: float) -> int:
    """How many slots make a band: as many as still show nearly every pair at the threshold."""
    wide = 1
    while wide < 32 and (1 - threshold ** (wide + 1)) ** (SLOTS // (wide + 1)) <= MISSED:
        wide += 1
    return wide


def _bits(signatures: "Signatures") -> "Hashes":
    """One bit of each slot, packed: texts × SLOTS / 64. They are a sixteenth of the slots, and tell
    most pairs that are not similar enough.
    """
    import numpy

    made = numpy.empty((len(signatures), SLOTS // 64), dtype=numpy.uint64)
    for start in range(0, len(signatures), BATCH):
        mixed = signatures[start : start + BATCH] * numpy.uint16(MIX & 0xFFFF)
        made[start : start + BATCH] = numpy.packbits(mixed >> 15, axis=1).view(numpy.uint64)
    return made


def _least(share: float) -> float:
    """How many slots agree at least where this share of them is to be expected."""
    return SLOTS * (share - DOUBT * math.sqrt(share * (1 - share) / SLOTS))


def _grouped(
    kept: _Texts,
    threshold: float,
    stopping: Callable[[], bool],
    progress: Callable[[float], None],
) -> list[list[int]]:
    """The groups, equal texts among them."""
    joined = _Joined(len(kept.rows))
    if len(kept.rows) > 1:
        search = _Search(kept, threshold, joined, stopping)
        wide = _band(threshold)
        bands = range(0, SLOTS - wide + 1, wide)
        for done, first in enumerate(bands, start=1):
            search.band(first, first + wide)
            progress(0.5 + 0.5 * done / len(bands))
    rows: dict[int, list[int]] = defaultdict(list)
    for number, row in enumerate(kept.rows):
        rows[joined.root(number)] += [row, *kept.same[number]]
    return sorted(sorted(group) for group in rows.values() if len(group) > 1)


class _Joined:
    """Which texts are in one group so far; `lead[n]` leads to the first of n's group."""

    def __init__(self, count: int) -> None:
        import numpy

        self.lead = numpy.arange(count)

    def root(self, number: int) -> int:
        """The first text of a text's group."""
        while self.lead[number] != number:
            self.lead[number] = self.lead[self.lead[number]]
            number = int(self.lead[number])
        return number

    def roots(self, numbers: "Numbers") -> "Numbers":
        """The first texts of many texts' groups."""
        found = self.lead[numbers]
        while (self.lead[found] != found).any():
            found = self.lead[found]
        self.lead[numbers] = found
        return found

    def join(self, first: int, second: int) -> None:
        """Make two groups one."""
        first, second = sorted((self.root(first), self.root(second)))
        self.lead[second] = first


class _Search:
    """Looks for near-duplicates band by band: first at the MinHashes, then at the texts."""

    def __init__(
        self, kept: _Texts, threshold: float, joined: _Joined, stopping: Callable[[], bool]
    ) -> None:
        self._signatures = kept.signatures()
        self._bits = _bits(self._signatures)
        self._grams, self._threshold = kept.grams, threshold
        self._joined, self._stopping = joined, stopping
        self._likely = _least(threshold)
        self._possible = _least((1 + threshold) / 2)  # every other bit agrees by chance

    def band(self, first: int, end: int) -> None:
        """Join the near-duplicates among the texts that agree in all slots from first to end."""
        import numpy

        key = numpy.zeros(len(self._signatures), dtype=numpy.uint64)
        for slot in range(first, end):
            key = (key ^ self._signatures[:, slot]) * numpy.uint64(MIX)
            key ^= key >> numpy.uint64(29)
        order = numpy.argsort(key, kind="stable")
        edges = numpy.flatnonzero(numpy.diff(key[order])) + 1
        starts = numpy.concatenate([[0], edges])
        sizes = numpy.diff(numpy.concatenate([starts, [len(order)]]))
        for apart in range(1, SMALL):  # in buckets of a few texts: each with the one `apart` behind
            some = (sizes > apart) & (sizes <= SMALL)
            for place in range(SMALL - apart):
                at = starts[some & (sizes > apart + place)] + place
                self._look(order[at], order[at + apart])
        for bucket in numpy.flatnonzero(sizes > SMALL):
            self._large(order[starts[bucket] : starts[bucket] + sizes[bucket]])

    def _large(self, bucket: "Numbers") -> None:
        """A bucket of many: each with all behind it that are not in its group yet."""
        import numpy

        for place, number in enumerate(bucket[:-1], start=1):
            if place % LOOK_UP == 1 and len(set(self._joined.roots(bucket).tolist())) == 1:
                return
            self._look(numpy.full(len(bucket) - place, number), bucket[place:])

    def _look(self, first: "Numbers", second: "Numbers") -> None:
        """Join those of the pairs first[n], second[n] that are near-duplicates. Raises Stopped."""
        import numpy

        if self._stopping():
            raise Stopped
        apart = self._joined.roots(first) != self._joined.roots(second)
        first, second = first[apart], second[apart]
        differ = numpy.bitwise_count(self._bits[first] ^ self._bits[second]).sum(axis=1)
        possible = differ <= SLOTS - self._possible
        first, second = first[possible], second[possible]
        for start in range(0, len(first), BATCH):
            some, others = first[start : start + BATCH], second[start : start + BATCH]
            agree = (self._signatures[some] == self._signatures[others]).sum(axis=1)
            for at in numpy.flatnonzero(agree >= self._likely):
                self._verify(int(some[at]), int(others[at]))

    def _verify(self, first: int, second: int) -> None:
        """Join two texts if the sets of their 5-grams are as similar as asked."""
        if self._joined.root(first) == self._joined.root(second):
            return
        if _jaccard(self._grams(first), self._grams(second)) >= self._threshold:
            self._joined.join(first, second)
