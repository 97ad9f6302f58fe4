"""Carrying the steps out, one after the other, and looking at what they would do.

Why this order. First what changes how every other step reads the text: garbled encoding, then
markup with its entities.
Page headers go while form feeds and page breaks still stand; then invisible characters, widths and
script, so that the pattern lists need know one way of writing. Lines are joined when no notice
stands between them any more and while indents still tell paragraphs; then spaces and marks.
Personal data is masked before figures are written anew, so that no digit has moved when its check
digit is read.
"""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from studio.documents.cleaning.edits import Edit, Sample, Sampler, apply
from studio.documents.cleaning.offsets import Offsets
from studio.documents.cleaning.spec import CleanSpec

# Each module has find(text, spec) -> Iterator[Edit]; imported when first asked for.
MODULES = {
    "fix_mojibake": "mojibake",
    "strip_html": "markup",
    "front_matter": "frontmatter",
    "repeated_lines": "repeats",
    "control_characters": "controls",
    "fix_width": "width",
    "to_simplified": "simplified",
    "advertisements": "adverts",
    "links": "links",
    "unwrap_lines": "unwrap",
    "fix_spaces": "spaces",
    "chinese_marks": "marks",
    "mask_personal": "personal",
    "normal_dates": "dates",
    "normal_currency": "money",
    "normal_numbers": "numbers",
}
LIMIT = 100_000


@dataclass(frozen=True)
class Cleaned:
    """A cleaned text. counts: changes a step, for each step that ran; samples: up to 20 of them, a
    step.
    """

    text: str
    offsets: Offsets
    counts: dict[str, int]
    samples: dict[str, list[Sample]]


def find(step: str, text: str, spec: CleanSpec) -> Iterator[Edit]:
    """What one step would change in `text`: sorted edits that do not overlap."""
    module = importlib.import_module(f"studio.documents.cleaning.{MODULES[step]}")
    found: Iterator[Edit] = module.find(text, spec)
    return found


def clean_text(text: str, spec: CleanSpec, told: Callable[[float], None] | None = None) -> Cleaned:
    """`text` with the ticked steps carried out.

    Time and memory grow with the text and the edits, nothing else.

    `told` hears the share done (0 to 1) and may raise to stop the work.
    """
    text, parts, counts, samples = _run(text, spec, told)
    return Cleaned(text, joined(parts), counts, samples)


def _run(
    text: str, spec: CleanSpec, told: Callable[[float], None] | None = None
) -> tuple[str, list[Offsets], dict[str, int], dict[str, list[Sample]]]:
    """(the cleaned text, each step's offsets, counts, samples)."""
    steps = spec.steps()
    counts: dict[str, int] = {}
    samples: dict[str, list[Sample]] = {}
    parts: list[Offsets] = []
    for number, step in enumerate(steps):
        sampler = Sampler()

        def heard(done: int, number: int = number, size: int = max(1, len(text))) -> None:
            if told:
                told((number + done / size) / len(steps))

        heard(0)
        changed, offsets, counts[step] = apply(text, find(step, text, spec), sampler, heard)
        samples[step] = sampler.samples(text, parts)
        text = changed
        if counts[step]:
            parts.append(offsets)
    return text, parts, counts, samples


def joined(parts: list[Offsets]) -> Offsets:
    """Offsets of one cleaning after another as one; the two neighbours with the fewest edits
    first.
    """
    parts = list(parts) or [Offsets.identity()]
    while len(parts) > 1:
        i = min(range(len(parts) - 1), key=lambda i: len(parts[i]) + len(parts[i + 1]))
        parts[i : i + 2] = [parts[i].then(parts[i + 1])]
    return parts[0]


def preview(text: str, spec: CleanSpec, limit: int = LIMIT) -> dict[str, Any]:
    """What the ticked steps would change in the first `limit` characters, cut at a line end.

    counts: changes a step; samples: a step's changes as {at, before, after, left, right}, at being
    a place in `text`;
    chars: how many characters were looked at; partial: whether that is not the whole text.
    """
    head = text
    if len(text) > limit:
        cut = text.rfind("\n", limit // 2, limit) + 1
        head = text[: cut or limit]
    _, _, counts, samples = _run(head, spec)
    return {
        "counts": counts,
        "samples": {step: [sample._asdict() for sample in some] for step, some in samples.items()},
        "chars": len(head),
        "partial": len(head) < len(text),
    }
