"""What can be done about a finding at a press. Each fix makes of a row the row as it shall be, or
None where it shall go; what it cannot mend it gives back as it was.
"""

from collections.abc import Callable, Mapping
from typing import Any

from studio.datasets.profile.answers import repeated_question
from studio.datasets.profile.damage import repaired
from studio.datasets.profile.leftovers import without_markup
from studio.datasets.profile.personal_data import masked
from studio.datasets.profile.seen import Seen, with_reply, with_texts
from studio.datasets.profile.thoughts import without
from studio.datasets.row_forms.formats import Row

Values = Mapping[str, Any]
Fix = Callable[[Row, Values], Row | None]
SHOWN = 160  # characters of a text before and after
AROUND = 40


def drop(row: Row, values: Values) -> Row | None:
    """The row goes."""
    return None


def fill(row: Row, values: Values) -> Row | None:
    """Each placeholder that has a value becomes it."""

    def filled(text: str) -> str:
        for mark, value in values.items():
            if isinstance(value, str) and value:
                text = text.replace(mark, value)
        return text

    return with_texts(row, filled)


def mask(row: Row, values: Values) -> Row | None:
    """Personal data become marks."""
    return with_texts(row, masked)


def repair(row: Row, values: Values) -> Row | None:
    """Damaged characters become what they were."""
    return with_texts(row, repaired)


def plain_text(row: Row, values: Values) -> Row | None:
    """Tags go, entities become their characters."""
    return with_texts(row, without_markup)


def strip_thought(row: Row, values: Values) -> Row | None:
    """Thoughts go out of all replies."""
    made = with_reply(row, without)
    if made.get("history"):
        made["history"] = [[asked, without(reply)] for asked, reply in made["history"]]
    if "messages" in made:
        made["messages"] = [
            turn | {"content": without(turn["content"])} if turn["role"] == "assistant" else turn
            for turn in made["messages"]
        ]
    told = [*Seen(0, made).wanted]
    return made if all(reply.strip() for reply in told) else None


def strip_question(row: Row, values: Values) -> Row | None:
    """The question goes out of the reply."""
    asked = Seen(0, row).question
    made = with_reply(row, lambda reply: reply[repeated_question(asked, reply) :].strip())
    return made if Seen(0, made).reply.strip() else None


def fill_system(row: Row, values: Values) -> Row | None:
    """The usual system prompt stands first."""
    system = str(values["system"])
    if "messages" in row:
        kept = [turn for turn in row["messages"] if turn["role"] != "system"]
        return row | {"messages": [{"role": "system", "content": system}, *kept]}
    return row | {"system": system}


FIXES: dict[str, Fix] = {
    "drop": drop,
    "fill": fill,
    "mask": mask,
    "repair": repair,
    "plain_text": plain_text,
    "strip_thought": strip_thought,
    "strip_question": strip_question,
    "fill_system": fill_system,
}


def sample(number: int, before: Row, after: Row | None) -> dict[str, Any]:
    """{"row", "before", "after"}: the place where a row changes; after is None where it goes, and
    equal to before where nothing changes.
    """
    old = _texts(before)
    if after is None:
        return {"row": number, "before": (old[-1:] or [""])[0][:SHOWN], "after": None}
    new = _texts(after)
    if len(old) != len(new):  # a system prompt was put first
        return {"row": number, "before": "", "after": new[0][:SHOWN]}
    for one, other in zip(old, new, strict=True):
        if one != other:
            at = next(
                (n for n, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
                min(len(one), len(other)),
            )
            begin = max(0, at - AROUND)
            dots = "…" if begin else ""
            return {
                "row": number,
                "before": dots + one[begin : begin + SHOWN],
                "after": dots + other[begin : begin + SHOWN],
            }
    return {"row": number, "before": old[0][:SHOWN], "after": old[0][:SHOWN]}


def _texts(row: Row) -> list[str]:
    """All texts of a row, in one order."""
    found: list[str] = []

    def keep(text: str) -> str:
        found.append(text)
        return text

    with_texts({name: value for name, value in row.items() if value != ""}, keep)
    return found
