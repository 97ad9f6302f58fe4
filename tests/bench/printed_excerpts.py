"""Texts made of ten excerpts with their paragraphs as printed: of chapters of one novel, of several
novels, of laws.

Another kind than Choi's files: sentences of any length, dialogue, and excerpts that share names or
a trade. Made of any folders of texts, a novel or a law a file. An excerpt has 6 to 14 sentences and
begins anywhere; a blank line stands between two. Headings are left out: they would tell.
"""

import itertools
import random
import re
from dataclasses import dataclass
from pathlib import Path

from studio.text.headings import heading_of
from studio.text.sentences import borders
from studio.text.wrapping import line_begin

EXCERPTS, LEAST, MOST = 10, 6, 14
PARTS = 12  # of a novel without enough chapters
LEAST_SENTENCES = 30
KINDS = ("chapters of one novel", "ten novels", "laws")


@dataclass
class Passages:
    """A text: its kind, its sentences (or lines), and the number of the segment that each is of."""

    part: str
    lines: list[str]
    segment: list[int]
    joined: str = "\n"

    @property
    def text(self) -> str:
        return self.joined.join(self.lines)

    @property
    def starts(self) -> list[int]:
        return [
            0,
            *itertools.accumulate(len(line) + len(self.joined) for line in self.lines[:-1]),
        ]


def texts_of(folders: list[Path], pattern: str) -> dict[str, str]:
    """The texts in the folders whose path matches the pattern, by name."""
    found = {}
    for folder in folders:
        for path in sorted(folder.rglob(pattern)):
            name = path.parent.name if path.stem == "novel_text" else path.stem
            found[name] = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    return found


def sentences_of(text: str) -> list[str]:
    """The text's sentences with the white space behind them, its headings and comments left out."""
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    found = []
    for start, end in itertools.pairwise(borders(text)):
        heading = heading_of(text, line_begin(text, start))
        if heading is None or not heading.own_line:
            found.append(text[start:end])
    return found


def chapters_of(text: str) -> list[list[str]]:
    """A novel's chapters as sentences; twelve even parts where headings give less than ten."""
    places, place = [0], 0
    for line in text.splitlines(keepends=True):
        heading = heading_of(text, place) if line.strip() else None
        if heading and heading.own_line and heading.kind == "chapter":
            places.append(place)
        place += len(line)
    chapters = [
        sentences_of(text[start:end]) for start, end in itertools.pairwise([*places, len(text)])
    ]
    chapters = [chapter for chapter in chapters if len(chapter) >= LEAST_SENTENCES]
    if len(chapters) >= EXCERPTS:
        return chapters
    whole = sentences_of(text)
    return [whole[at * len(whole) // PARTS : (at + 1) * len(whole) // PARTS] for at in range(PARTS)]


def made_of(sources: list[list[str]], part: str, rng: random.Random) -> Passages:
    """A text of one excerpt each of ten of the sources."""
    lines: list[str] = []
    segment: list[int] = []
    for number, source in enumerate(rng.sample(sources, EXCERPTS)):
        length = min(rng.randint(LEAST, MOST), len(source))
        first = rng.randrange(len(source) - length + 1)
        some = source[first : first + length]
        lines += [*some[:-1], some[-1].rstrip() + "\n\n"]
        segment += [number] * length
    return Passages(part, lines, segment, "")


def excerpts(novels: dict[str, str], laws: dict[str, str], each: int, seed: int) -> list[Passages]:
    """`each` texts a novel of its chapters, and ten times as many of ten novels and of ten laws.

    Where there are fewer than ten novels or laws, no such text is made.
    """
    rng = random.Random(seed)
    chapters = {name: chapters_of(text) for name, text in novels.items()}
    made = [made_of(some, KINDS[0], rng) for some in chapters.values() for _ in range(each)]
    several = [list(itertools.chain(*some)) for some in chapters.values()]
    statutes = [some for some in map(sentences_of, laws.values()) if len(some) >= LEAST_SENTENCES]
    for sources, kind in ((several, KINDS[1]), (statutes, KINDS[2])):
        if len(sources) >= EXCERPTS:
            made += [made_of(sources, kind, rng) for _ in range(EXCERPTS * each)]
    return made
