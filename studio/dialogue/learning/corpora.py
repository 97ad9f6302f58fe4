"""Annotated novels for training and measuring: windows of one Chinese novel (WP) and English novels
(PDNC).

WP: blocks of 21 sentences, the quote in the eleventh; PDNC: a folder a novel with the text, its
persons and its quotes. Only the training script, the bench and tests read them; nothing of them is
shipped.
"""

import ast
import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from studio.dialogue.records import Character

CENTRE = 10
TITLES = frozenset("mr mrs ms miss dr captain major colonel sir lady lord the late".split())
GENDERS = {"M": "m", "F": "f", "1": "m", "0": "f"}


@dataclass(frozen=True)
class Gold:
    """One annotated quote: its spans in the text, who says it to whom, and what kind the annotators
    call it.
    """

    spans: tuple[tuple[int, int], ...]
    speaker: str
    addressees: tuple[str, ...]
    kind: str


@dataclass(frozen=True)
class Annotated:
    """A text with the persons that come with it and its annotated quotes."""

    name: str
    text: str
    people: tuple[Character, ...]
    quotes: tuple[Gold, ...]


def read_windows(path: Path) -> list[Annotated]:
    """WP's windows, each a text of its own with one annotated quote; `name_list.txt` stands beside
    the file.
    """
    people = tuple(_listed(path.with_name("name_list.txt")))
    found = []
    for number, block in enumerate(path.read_text(encoding="utf-8").split("\n\n")):
        rows = block.strip("\n").split("\n")
        if len(rows) < 4:
            continue
        body, speaker, kind = rows[1:-3], rows[-3].split(": ", 1)[1], rows[-1].split(": ", 1)[1]
        start = sum(len(row) + 1 for row in body[:CENTRE])
        quote = Gold(((start, start + len(body[CENTRE])),), speaker, (), kind)
        found.append(Annotated(f"{path.stem} {number}", "\n".join(body), people, (quote,)))
    return found


def as_printed(window: Annotated) -> Annotated:
    """A window of one sentence a line as a book would print it: narration in paragraphs, a quote on
    the line of the colon that leads to it. So that what is learned from windows also fits books."""
    text, before, spans = "", "", []
    ((low, high),) = window.quotes[0].spans
    at = 0
    for row in window.text.split("\n"):
        opens = row.startswith("“")
        if before and (before.startswith("“") or (opens and before[-1] not in "：:")):
            text += "\n"
        if at == low:
            spans = [(len(text), len(text) + high - low)]
        text, before, at = text + row, row, at + len(row) + 1
    return replace(window, text=text, quotes=(replace(window.quotes[0], spans=tuple(spans)),))


def _listed(path: Path) -> Iterator[Character]:
    """Lines `1 name alias …`; 1 is a man, 0 a woman."""
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split()
        if len(fields) > 1:
            yield Character(fields[1], fields[2:], GENDERS.get(fields[0]))


def read_novel_folder(folder: Path) -> Annotated:
    """One PDNC novel. A name that the table gives to two persons stays with the first."""
    text = (folder / "novel_text.txt").read_bytes().decode("utf-8")
    with (folder / "quotation_info.csv").open(encoding="utf-8", newline="") as file:
        quotes = tuple(
            Gold(
                tuple((a, b) for a, b in ast.literal_eval(row["quoteByteSpans"])),
                row["speaker"],
                tuple(ast.literal_eval(row["addressees"])),
                row["quoteType"].lower(),
            )
            for row in csv.DictReader(file)
        )
    return Annotated(folder.name, text, tuple(_table(folder / "character_info.csv")), quotes)


def _table(path: Path) -> Iterator[Character]:
    taken: set[str] = set()
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = row["Main Name"]
            others = sorted(set(ast.literal_eval(row["Aliases"])) - {name})
            names = [n for n in (name, *others) if n.casefold().removeprefix("the ") not in taken]
            taken |= {n.casefold().removeprefix("the ") for n in names}
            if names:
                yield Character(name, [n for n in names if n != name], GENDERS.get(row["Gender"]))


def without_doubles(text: Annotated) -> Annotated:
    """The text with persons joined whom its table lists twice, under the surname alone and under a
    fuller name that no other person could bear it with: PDNC has Small beside Jonathan Small, of
    whom the annotators let one speak. Told by the names alone, never by who speaks."""
    twin = {
        short.name: fuller.pop()
        for short in text.people
        if len(short.names) == 1
        and len(fuller := {p.name for p in text.people if _fuller(p, short.name)}) == 1
    }
    people = [
        replace(p, aliases=[*p.aliases, *(a for a, b in twin.items() if b == p.name)])
        for p in text.people
        if p.name not in twin
    ]
    quotes = tuple(
        replace(
            quote,
            speaker=twin.get(quote.speaker, quote.speaker),
            addressees=tuple(twin.get(name, name) for name in quote.addressees),
        )
        for quote in text.quotes
    )
    return replace(text, people=tuple(people), quotes=quotes)


def _fuller(person: Character, short: str) -> bool:
    """Whether a person has a longer name that ends alike, holds all words of a shorter one, and
    has no other title."""
    words = _words(short)
    return person.name != short and any(
        len(other) > len(words)
        and other[-1] == words[-1]
        and set(words) <= set(other)
        and [w for w in other if w in TITLES] == [w for w in words if w in TITLES]
        for other in map(_words, person.names)
    )


def _words(name: str) -> list[str]:
    return [word.strip(".,").casefold() for word in name.split()]


def novels(data: Path) -> list[Annotated]:
    """Every PDNC novel under the data folder `speakers/pdnc`."""
    return [
        read_novel_folder(folder)
        for folder in sorted((data / "pdnc").iterdir())
        if (folder / "quotation_info.csv").is_file()
    ]
