"""Reads the tagged scripts in gold/: `{…}` marks what is spoken, `{~…}` what is thought, `=NAME|`
whom a label means.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

GOLD = Path(__file__).parent / "gold"
HEAD = re.compile(r"\s*([^：:；;（( {]+)")


@dataclass
class GoldTurn:
    """One label with all that it says: its speaker, the exact spans, and whether it is thought."""

    speaker: str
    thought: bool = False
    pieces: list[tuple[int, int]] = field(default_factory=list)


def read_tagged(name: str) -> tuple[str, list[GoldTurn]]:
    """The script without its tags, and its turns."""
    rows: list[str] = []
    turns: list[GoldTurn] = []
    at = 0
    for line in (GOLD / name).read_text(encoding="utf-8").split("\n"):
        named = re.match(r"=([^|]+)\|(.*)", line)
        body = named[2] if named else line
        if named or ("{" in body and not body.lstrip(' "').startswith("{")):
            turns.append(GoldTurn(named[1] if named else HEAD.match(body)[1]))
        plain, last = "", 0
        for tag in re.finditer(r"\{(~?)([^}]*)\}", body):
            plain += body[last : tag.start()]
            turns[-1].thought |= bool(tag[1])
            turns[-1].pieces.append((at + len(plain), at + len(plain) + len(tag[2])))
            plain, last = plain + tag[2], tag.end()
        rows.append(plain + body[last:])
        at += len(rows[-1]) + 1
    return "\n".join(rows), turns
