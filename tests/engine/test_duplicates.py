"""No passage of code stands twice: what two places share has a home of its own that both use."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHORTEST = 10  # lines that are equal in two places and are then one passage
IMPORT = re.compile(r"(from [\w.]+ )?import\b")
COMMENT = ("#", "//")


def counted(text: str) -> Iterator[tuple[int, str]]:
    """The lines that say something, with their numbers: no blank lines, comments, imports, or
    punctuation alone.
    """
    importing = False
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if importing:
            importing = not line.endswith((")", ";"))
        elif IMPORT.match(line):
            importing = line.endswith(("(", "{"))
        elif re.search(r"\w", line) and not line.startswith(COMMENT):
            yield number, line


def equal_runs(texts: Mapping[str, str], shortest: int = SHORTEST) -> list[str]:
    """Where runs of at least so many equal lines begin, as "one.py:12 = other.py:34".

    A run that only overlaps itself, such as a table of equal rows, is none.
    """
    first: dict[tuple[str, ...], tuple[str, int, int]] = {}
    found = []
    for name, text in texts.items():
        lines = list(counted(text))
        inside = False  # whether the window before belongs to a run that is in `found` already
        for place in range(len(lines) - shortest + 1):
            window = tuple(line for _, line in lines[place : place + shortest])
            number = lines[place][0]
            file, where, earlier = first.setdefault(window, (name, place, number))
            equal = file != name or place - where >= shortest
            if equal and not inside:
                found.append(f"{file}:{earlier} = {name}:{number}")
            inside = equal
    return found


def numbered(low: int, high: int) -> str:
    return "\n".join(f"x{number} = {number}" for number in range(low, high))


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        (numbered(0, 30), numbered(50, 80), []),
        (numbered(0, 9), numbered(0, 9), []),
        (numbered(0, 30), f"y = 1\n{numbered(10, 20)}\nz = 1", ["a:11 = b:2"]),
        (numbered(0, 30), f"def f():\n    {numbered(5, 25)}", ["a:6 = b:2"]),
        (
            numbered(0, 10),
            f"# one\n\n{numbered(0, 5)}\n)\n  # two\n{numbered(5, 10)}",
            ["a:1 = b:3"],
        ),
        (f"{numbered(0, 12)}\n{numbered(0, 12)}", "", ["a:1 = a:13"]),
        ("x = 1\n" * 15, "", []),
        (
            "import a\nfrom b import (\n    c,\n    d,\n)\n" * 9,
            "import {\n  a,\n} from b;\n" * 9,
            [],
        ),
    ],
)
def test_the_scanner_finds_equal_runs(one, other, found):
    assert equal_runs({"a": one, "b": other}) == found


def test_no_passage_stands_in_two_places():
    texts = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for folder in ("studio", "tabs", "tests")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in (".py", ".js")
    }
    assert len(texts) > 300
    assert equal_runs(texts) == []
