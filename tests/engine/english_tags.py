"""Reads gold/english_tags.txt: short texts by kind of tag, and who speaks in them."""

from dataclasses import dataclass
from pathlib import Path

from studio.dialogue import Character, find_utterances

FILE = Path(__file__).parent / "gold" / "english_tags.txt"
ANY = "*"


@dataclass(frozen=True)
class Tagged:
    """One text with its table of persons and the right speakers in order.

    held: every second one of its kind, which were not looked at while the rules were written.
    """

    kind: str
    people: tuple[Character, ...]
    text: str
    speakers: tuple[str, ...]
    held: bool

    def found(self) -> tuple[str | None, ...]:
        """The speakers that the engine gives, of what is spoken or thought, among lines of two
        others: a text alone names one person only, whom anybody would guess."""
        first, second = self._others()
        text = f"“I see,” said {first}.\n\n“So do I,” said {second}.\n\n{self.text}"
        text += f"\n\n“That is so,” said {first}.\n"
        rows = find_utterances(text, self.people, layout="novel")
        return tuple(u.speaker for u in rows if u.kind in ("speech", "thought"))[2:-1]

    def _others(self) -> tuple[str, str]:
        names = [person.name for person in self.people if person.name not in self.speakers[:1]]
        return (names[0], names[-1]) if len(names) > 1 else ("Agatha", "Bertram")

    def right(self) -> bool:
        """Whether as many lines as wanted have the speakers wanted."""
        found = self.found()
        return len(found) == len(self.speakers) and all(
            wanted in (ANY, got) for wanted, got in zip(self.speakers, found, strict=True)
        )


def read_cases() -> list[Tagged]:
    """All texts of the file."""
    found, kind, people, number = [], "", (), 0
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            kind, _, listed = (part.strip() for part in line[3:].partition("|"))
            people, number = tuple(map(_person, filter(None, listed.split(", ")))), 0
        elif "=>" in line and not line.startswith("#"):
            text, _, speakers = line.partition("=>")
            names = tuple(name.strip() for name in speakers.split(";") if name.strip())
            found.append(
                Tagged(kind, people, text.strip().replace(" ¶ ", "\n\n"), names, number % 2 == 1)
            )
            number += 1
    return found


def _person(listed: str) -> Character:
    names = listed.removesuffix(" (f)").split("/")
    return Character(names[0], names[1:], "f" if listed.endswith(" (f)") else None)
