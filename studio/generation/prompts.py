"""Prompts from presets, filled with a chunk or a row; the workspace's own presets come first."""

import re
from dataclasses import dataclass
from typing import Any

from studio import presets
from studio.errors import InputError
from studio.generation.spec import InstructionsJob, PreferencesJob, question_types, rewrite_prompt
from studio.workspace import Workspace

HOLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Shot:
    """A question and its answer, shown to the model as an example."""

    text: str
    question: str
    answer: str


@dataclass(frozen=True)
class Prompts:
    """The prompt templates of one language, with the question types in the order of their turn."""

    one_step: str
    question: str
    answer: str
    types: tuple[str, ...]
    shots: dict[str, Shot]


def instruction_prompts(spec: InstructionsJob, language: str, workspace: Workspace) -> Prompts:
    """Templates for chunks in `language`; known question types are put into that language.

    Raises InputError.
    """
    given = presets.load("prompts", f"instructions_{language}", workspace)
    for name in ("one_step", "question", "answer"):
        if not isinstance(given.get(name), str) or ("{text}" not in given[name]):
            raise InputError(
                "The prompt preset instructions_{language} has no {name} with {hole} in it.",
                "Correct it in the workspace's presets/prompts.",
                language=language,
                name=name,
                hole="{text}",
            )
    zh, en = question_types("zh"), question_types("en")
    twins = dict(zip(en, zh, strict=True)) if language == "zh" else dict(zip(zh, en, strict=True))
    types = tuple(twins.get(one, one) for one in spec.question_types)
    return Prompts(
        given["one_step"], given["question"], given["answer"], types, _shots(given.get("example"))
    )


def _shots(example: Any) -> dict[str, Shot]:
    """Question type → example; whatever a person left out of the preset is just not shown."""
    text = example.get("text") if isinstance(example, dict) else None
    types = example.get("types") if text else None
    return {
        str(name): Shot(str(text), str(one["question"]), str(one["answer"]))
        for name, one in (types.items() if isinstance(types, dict) else ())
        if isinstance(one, dict) and {"question", "answer"} <= one.keys()
    }


def rewrite_template(spec: PreferencesJob, language: str) -> str:
    """The prompt as the user left it; the untouched standard one in the row's language."""
    untouched = spec.rewrite_prompt.strip() in (
        rewrite_prompt("en").strip(),
        rewrite_prompt("zh").strip(),
    )
    return rewrite_prompt(language) if untouched else spec.rewrite_prompt


def fill(template: str, **values: str) -> str:
    """`template` with its holes filled in one pass, so that braces inside a value stay as they
    are.
    """
    text = HOLE.sub(lambda hole: values.get(hole[1], hole[0]), template)
    return re.sub(r"\n{3,}", "\n\n", text).strip()
