"""Stanford Alpaca's template: a row of one question as plain text, and back."""

import re

from studio.datasets.row_forms.formats import Row

# The template of Stanford Alpaca, as `alpaca_text` writes it and people write it by hand.
TEMPLATE = re.compile(
    r"\s*(?P<system>.*?)\s*### *Instruction:[ \t]*\n?(?P<instruction>.*?)"
    r"(?:\s*### *Input:[ \t]*\n?(?P<input>.*?))?\s*### *Response:[ \t]*\n?(?P<output>.*)\Z",
    re.DOTALL,
)
PREAMBLES = (
    "Below is an instruction that describes a task. Write a response that appropriately completes "
    "the request.",
    "Below is an instruction that describes a task, paired with an input that provides further "
    "context. Write a response that appropriately completes the request.",
)


def as_text(row: Row) -> str:
    """A row of one question as text in Alpaca's template; a system prompt stands in place of its
    preamble.
    """
    given = str(row.get("input") or "").strip()
    asked = str(row["instruction"])
    head = row.get("system") or PREAMBLES[bool(given)]
    middle = f"### Input:\n{row['input']}\n\n" if given else ""
    return f"{head}\n\n### Instruction:\n{asked}\n\n{middle}### Response:\n{row['output']}"


def of_text(text: str) -> Row | None:
    """The row that a text in Alpaca's template holds; None for another text."""
    match = TEMPLATE.match(text)
    if match is None or not match["output"].strip():
        return None
    given = (match["input"] or "").strip()
    asked = match["instruction"].strip()
    if not asked and not given:
        return None
    head = match["system"].strip()
    return {
        "system": "" if " ".join(head.split()) in PREAMBLES else head,
        "instruction": asked,
        "input": given,
        "output": match["output"].strip(),
        "history": [],
    }
