"""A request: the text with its lines marked, the persons, what is asked, and the schema of the
answer.

The text of the book goes in as it is. Its ids stand in a pair of brackets that the text itself does
not use, so that nothing in it can pass for one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studio import presets
from studio.dialogue.asking.plan import UNKNOWN
from studio.dialogue.records import Character
from studio.errors import InputError
from studio.generation.prompts import fill
from studio.llm import Message
from studio.spec import digest
from studio.workspace import Workspace

BRACKETS = {
    "zh": (("【", "】"), ("〔", "〕"), ("⟦", "⟧"), ("⟪", "⟫"), ("⦃", "⦄")),
    "en": (("[", "]"), ("⟦", "⟧"), ("⟪", "⟫"), ("⦃", "⦄"), ("【", "】")),
}
GENDER = {"zh": {"m": "男", "f": "女"}, "en": {"m": "male", "f": "female"}}
OPENERS = "“「『‘\"'＂«»„"
NEEDED = {"ask": ("{people}", "{text}", "{lines}"), "system": ()}
LONG, SHOWN = 800, 300  # a longer line loses its middle; what is shown of each end
HEAD = 24


@dataclass(frozen=True)
class Spoken:
    """A line within the text of a request. name: who speaks it, where that is known and may be
    told.
    """

    id: int
    start: int
    end: int
    name: str | None = None


@dataclass(frozen=True)
class Prompts:
    """The templates of one language, "zh" or "en"."""

    language: str
    system: str
    ask: str


def speaker_prompts(language: str, workspace: Workspace) -> Prompts:
    """The templates for texts in `language`; the workspace's own win. Raises InputError."""
    given = presets.load("prompts", f"speakers_{language}", workspace)
    for name, holes in NEEDED.items():
        hole = next((hole for hole in holes if hole not in str(given.get(name) or "")), "")
        if hole or not isinstance(given.get(name, ""), str):
            raise InputError(
                "The prompt preset speakers_{language} has no {name} with {hole} in it.",
                "Correct it in the workspace's presets/prompts.",
                language=language,
                name=name,
                hole=hole or "text",
            )
    return Prompts(language, given.get("system", ""), given["ask"])


def messages(
    prompts: Prompts,
    text: str,
    span: tuple[int, int],
    lines: Sequence[Spoken],
    asked: Sequence[int],
    persons: Sequence[Character],
) -> list[Message]:
    """The messages that ask about the lines `asked`, shown in text[span]; `lines` are all lines in
    it, in order.
    """
    window = text[span[0] : span[1]]
    brackets = _brackets(prompts.language, window)
    marks = dict(zip(("open", "close"), brackets, strict=True))
    words = {line.id: text[line.start : line.end] for line in lines}
    user = fill(
        prompts.ask,
        people="\n".join(_person(person, prompts.language) for person in persons),
        text=_marked(text, span, lines, frozenset(asked), brackets),
        lines=_listed(asked, words, brackets),
        **marks,
    )
    system = fill(prompts.system, **marks)
    return [
        *([{"role": "system", "content": system}] if system else []),
        {"role": "user", "content": user},
    ]


def schema(asked: Sequence[int], persons: Sequence[Character]) -> dict[str, Any]:
    """The answer's JSON schema: for each id the canonical name of a person, or "?"."""
    names = [*(person.name for person in persons), UNKNOWN]
    ids = [str(number) for number in asked]
    return {
        "type": "object",
        "properties": {number: {"type": "string", "enum": names} for number in ids},
        "required": ids,
        "additionalProperties": False,
    }


def read(data: Mapping[str, Any] | None, asked: Sequence[int], resolve: Any) -> dict[int, str]:
    """{id: canonical name or "?"} of an answer; ids that were not asked, and names of nobody, are
    left out.
    """
    found = {}
    for key, value in (data or {}).items():
        plain = str(key).strip(" 【】[]〔〕⟦⟧⟪⟫⦃⦄#\"'")
        if plain.isdecimal() and int(plain) in asked and (name := resolve(value)) is not None:
            found[int(plain)] = name
    return found


def _brackets(language: str, window: str) -> tuple[str, str]:
    """A pair of brackets that the text does not hold; where it holds all, one with a word of its
    own.
    """
    for left, right in BRACKETS[language]:
        if left not in window and right not in window:
            return left, right
    mark = digest(window)[:6]
    while mark in window:
        mark = digest(mark)[:6]
    return f"⟦{mark}:", "⟧"


def _person(person: Character, language: str) -> str:
    """`- 皇帝（男）：皇上、四郎`, `- Alice (female): the girl`."""
    others = [name for name in person.names if name != person.name]
    gender = GENDER[language].get(person.gender or "", "")
    if language == "zh":
        return (
            f"- {person.name}"
            + (f"（{gender}）" if gender else "")
            + (f"：{'、'.join(others)}" if others else "")
        )
    return (
        f"- {person.name}"
        + (f" ({gender})" if gender else "")
        + (f": {', '.join(others)}" if others else "")
    )


def _marked(
    text: str,
    span: tuple[int, int],
    lines: Sequence[Spoken],
    asked: frozenset[int],
    brackets: tuple[str, str],
) -> str:
    """text[span] with a mark before each line; the middle of very long ones is left out."""
    parts, at = [], span[0]
    for line in lines:
        start = line.start - (line.start > at and text[line.start - 1] in OPENERS)
        if start < at or line.end > span[1]:
            continue
        name = f" {line.name}" if line.name and line.id not in asked else ""
        parts += [
            text[at:start],
            f"{brackets[0]}{line.id}{name}{brackets[1]}",
            text[start : line.start],
            _shortened(text[line.start : line.end]),
        ]
        at = line.end
    return "".join([*parts, text[at : span[1]]]).strip("\n")


def _shortened(line: str) -> str:
    return line if len(line) <= LONG else f"{line[:SHOWN]} …… {line[-SHOWN:]}"


def _listed(asked: Sequence[int], words: Mapping[int, str], brackets: tuple[str, str]) -> str:
    rows = []
    for number in asked:
        line = " ".join(words.get(number, "").split())
        rows.append(
            f"{brackets[0]}{number}{brackets[1]} {line[:HEAD]}{'…' if len(line) > HEAD else ''}"
        )
    return "\n".join(rows)
