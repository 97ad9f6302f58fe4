"""A row as the checks see it: its turns and texts, worked out once for all of them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from studio.datasets.row_forms import formats
from studio.datasets.row_forms.formats import Row
from studio.text.scripts import HAN_ONE, LATIN

TEXTS = ("system", "instruction", "input", "output", "chosen", "rejected", "text")
SAMPLE = 2000  # characters by which the language of a text is told
LETTER_UNITS = 5.0  # Latin letters that weigh as much as one Chinese character
MOSTLY = 0.75
KANA = re.compile("[\u3040-\u30ff]")


@dataclass(frozen=True)
class Seen:
    """A good row. number: from 0, as `Dataset.rows` counts."""

    number: int
    row: Row

    @cached_property
    def kind(self) -> str:
        """sft, ranking, kto, text or messages."""
        return formats.kind(self.row)

    @cached_property
    def turns(self) -> list[tuple[str, str]]:
        """(role, words) of each turn before the reply, without thoughts and calls."""
        return [(m["role"], m["content"]) for m in formats.prompt_messages(self.row)]

    @cached_property
    def system(self) -> str:
        """The system prompt, "" for none."""
        return self.turns[0][1] if self.turns and self.turns[0][0] == "system" else ""

    @cached_property
    def question(self) -> str:
        """What is asked last."""
        return next((words for role, words in reversed(self.turns) if role == "user"), "")

    @cached_property
    def reply(self) -> str:
        """What is learnt in the end: output, chosen, text, or the last turn's words."""
        if "messages" in self.row and "chosen" not in self.row:
            return str(self.row["messages"][-1]["content"])
        return formats.reply(self.row)

    @cached_property
    def wanted(self) -> list[str]:
        """Every reply that the model is to imitate; none of a text, none that is marked as bad."""
        if self.kind == "text" or self.row.get("kto_tag") is False:
            return []
        return [*(words for role, words in self.turns if role == "assistant"), self.reply]

    @cached_property
    def texts(self) -> list[str]:
        """All words of the row, rejected ones and thoughts too."""
        found = [words for _, words in self.turns]
        found += [self.reply, self.row.get("rejected", "")]
        for turn in self.row.get("messages", ()):
            found.append(turn.get("reasoning_content", ""))
        return [text for text in found if text]

    @cached_property
    def all(self) -> str:
        """All words of the row as one text."""
        return "\n".join(self.texts)

    @cached_property
    def plain(self) -> str:
        """All words of the row without code, in which marks mean other things."""
        return without_code(self.all)

    @cached_property
    def prompt(self) -> str:
        """What the reply answers to: the system prompt and the turns, to compare rows by."""
        return "\x1e".join(f"{role}\x1f{words}" for role, words in self.turns)

    @cached_property
    def languages(self) -> tuple[str, str]:
        """The language of the question and of the reply: zh, en, mixed, other or "" (no word)."""
        return language(self.question), language(self.reply)


def without_code(text: str) -> str:
    """Blocks and spans of code become spaces; the places of the rest stay."""
    if "`" not in text:
        return text
    out, fence = [], "```" if "```" in text else "`"
    for number, part in enumerate(text.split(fence)):
        if not number % 2:
            out.append(without_code(part) if fence == "```" else part)
        elif fence == "`" and "\n" in part:  # a lone mark, no code
            out.append(part)
        else:
            out.append(" " * len(part))
    return (" " * len(fence)).join(out)


def language(text: str) -> str:
    """zh, en (any Latin script), mixed, other, or "" where there are no letters; by its first 2,000
    characters.
    """
    sample = text[:SAMPLE]
    if sample.isascii():
        return "en" if any(map(str.isalpha, sample)) else ""
    han, latin = len(HAN_ONE.findall(sample)), len(LATIN.findall(sample)) / LETTER_UNITS
    other = sum(map(str.isalpha, sample)) - han - latin * LETTER_UNITS
    other = max(0.0, other) / 2
    if 4 * len(KANA.findall(sample)) >= max(1, han):
        return "other"
    whole = han + latin + other
    if not whole:
        return ""
    for name, share in (("zh", han), ("en", latin), ("other", other)):
        if share >= MOSTLY * whole:
            return name
    return "other" if other > 0.3 * whole else "mixed"


def with_texts(row: Row, change: Callable[[str], str]) -> Row:
    """A row with every text of it changed; tools and arguments of calls stay."""
    made: Row = {
        name: change(value) if name in TEXTS and isinstance(value, str) else value
        for name, value in row.items()
    }
    if made.get("history"):
        made["history"] = [[change(part) for part in pair] for pair in made["history"]]
    if "messages" in made:
        made["messages"] = [_turn(turn, change) for turn in made["messages"]]
    return made


def with_reply(row: Row, change: Callable[[str], str]) -> Row:
    """A row with its reply changed."""
    if "messages" in row and "chosen" not in row:
        *before, last = row["messages"]
        return row | {"messages": [*before, last | {"content": change(last["content"])}]}
    name = next((name for name in ("chosen", "output", "text") if name in row), None)
    return row | {name: change(row[name])} if name else row


def _turn(turn: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    return turn | {
        name: change(turn[name])
        for name in ("content", "reasoning_content")
        if isinstance(turn.get(name), str)
    }
