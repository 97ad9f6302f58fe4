"""The window's words in each language, and the switch between them without a restart.

A language is one name in LANGUAGES and its files in `tabs/words/`; nothing else names one.
"""

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components import Component

from studio import presets
from studio.errors import Problem, StudioError, fill
from studio.spec import FieldRow

FOLDER = Path(__file__).resolve().parents[1] / "words"
DEFAULT = "en"  # the engine's own sentences are in it
LANGUAGES = (DEFAULT, "zh")  # in the order of the top bar's button
FIRST_WORDS = ("label", "info", "placeholder")  # properties that a component has from the first on


def language_named(value: Any) -> str:
    """A language as a page names it, which may be forged: itself where there is such a one, else
    English.
    """
    return value if value in LANGUAGES else DEFAULT


def following(language: str) -> str:
    """The language that the top bar's button changes to."""
    return LANGUAGES[(LANGUAGES.index(language) + 1) % len(LANGUAGES)]


@functools.cache
def table(language: str) -> dict[str, Any]:
    """All words of one language, as nested tables; `errors` and `row_reasons` map English templates
    to the language's own.
    """
    words = read(f"{language}.yaml")
    return (
        words
        if language == DEFAULT
        else words
        | {
            "errors": read(f"errors.{language}.yaml"),
            "row_reasons": read(f"reasons.{language}.yaml"),
        }
    )


def read(name: str) -> dict[str, Any]:
    """The table in a file of words; empty where there is no such file."""
    path = FOLDER / name
    if not path.is_file():
        return {}
    return presets.parse_yaml(path.read_text(encoding="utf-8"), name)


def find(language: str, key: str) -> Any:
    """What stands under a dotted key, or None."""
    node: Any = table(language)
    for part in key.split("."):
        if not isinstance(node, dict) or part not in node:
            return None
        node = node[part]
    return node


def word(language: str, key: str, **values: Any) -> str:
    """The text under a dotted key with `{name}` filled in; the key itself where a word is
    missing.
    """
    found = find(language, key)
    return fill(str(found), {k: str(v) for k, v in values.items()}) if found is not None else key


def words(language: str, section: str) -> dict[str, str]:
    """A whole section, for a view's script."""
    found = find(language, section)
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def sentences(language: str, error: StudioError) -> tuple[str, str]:
    """What happened and what to do, in the window's language; English where no translation stands.

    What is wrong with the fields of a form is told under their labels.
    """
    errors = table(language).get("errors") or {}
    if problems := getattr(error, "problems", ()):
        rendered = [_told(language, error.spec_kind, one) for one in problems]
        what = word(language, "punctuation.semicolon").join(rendered)
        return what + word(language, "punctuation.stop"), errors.get(
            error.do_template, error.do_template
        )
    values = error.values | (
        {"reason": reason(language, error.values["reason"])} if "reason" in error.values else {}
    )
    return (
        fill(errors.get(error.what_template, error.what_template), values),
        fill(errors.get(error.do_template, error.do_template), error.values),
    )


def by_field(language: str, error: StudioError) -> dict[str, str]:
    """What is wrong with each field that an error is about, in the window's language."""
    problems = getattr(error, "problems", ())
    if not problems:
        return dict.fromkeys(error.fields, sentences(language, error)[0])
    found: dict[str, list[str]] = {}
    for one in problems:
        for name in one.fields:
            found.setdefault(name, []).append(_told(language, error.spec_kind, one))
    stop, joint = (word(language, f"punctuation.{mark}") for mark in ("stop", "semicolon"))
    return {name: joint.join(told) + stop for name, told in found.items()}


def _told(language: str, kind: str, problem: Problem) -> str:
    """A problem of a spec's fields, which are called by their labels."""
    errors = table(language).get("errors") or {}
    sentence = problem.sentence(
        errors.get(problem.what, problem.what),
        {name: field_label(language, kind, name) for name in problem.fields},
        word(language, "punctuation.colon"),
    )
    return sentence[:1].upper() + sentence[1:]


def reason(language: str, text: str) -> str:
    """Why a row could not be used, in the window's language; the engine's own English where it is
    something else.
    """
    for pattern, rendered in _reasons(language):
        if found := pattern.fullmatch(text):
            return fill(rendered, found.groupdict())
    return text


@functools.cache
def _reasons(language: str) -> list[tuple[re.Pattern[str], str]]:
    """The templates under `row_reasons` as patterns, the longest first, so that the one that says
    most is met first.
    """
    known = table(language).get("row_reasons") or {}
    return [
        (
            re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(pattern_text)), re.DOTALL),
            rendered,
        )
        for pattern_text, rendered in sorted(known.items(), key=lambda item: -len(item[0]))
    ]


def _fields_of(kind: str) -> str:
    """Under which kind the fields of a kind stand."""
    return f"fields_of.{'train' if kind == 'preflight' else kind}"  # a training that is only tried


def field_label(language: str, kind: str, name: str) -> str:
    """A field's label in the form of a kind of job; the field's own name where it has none."""
    return str(
        find(language, f"{_fields_of(kind)}.{name}.label")
        or find(language, f"fields.{name}.label")
        or name
    )


def field_help(language: str, kind: str, row: FieldRow) -> str:
    """A field's help in the form of a kind of job: the spec's own English, else its translation."""
    if language == "en" or not row.help:
        return row.help
    return str(
        find(language, f"{_fields_of(kind)}.{row.name}.help")
        or find(language, f"fields.{row.name}.help")
        or row.help
    )


def choice_label(language: str, kind: str, name: str, value: str) -> str:
    """The label of one choice of a field; the value itself where it is a proper name."""
    for key in (f"choices.{kind}.{name}.{value}", f"choices.{name}.{value}"):
        if (found := find(language, key)) is not None:
            return str(found)
    return str(value)


class Translated:
    """The components that carry words, each with how to say them in a language."""

    def __init__(self) -> None:
        self._entries: list[tuple[Component, Callable[[str], dict[str, Any]]]] = []

    def add(self, component: Any, say: Callable[[str], dict[str, Any]]) -> Any:
        """Register `component`; `say(language)` gives the properties to update.

        It bears the default language's words from the first on: words that came later would move
        what stands below them. Returns the component.
        """
        self._entries.append((component, say))
        for name, value in say(DEFAULT).items():
            if name in FIRST_WORDS or (name == "value" and isinstance(component, gr.Button)):
                setattr(component, name, value)
        return component

    def label(self, component: Any, key: str, prop: str = "label") -> Any:
        """Register a component whose one property is the word under `key`."""
        return self.add(component, lambda language: {prop: word(language, key)})

    @property
    def components(self) -> list[Any]:
        """All registered components."""
        return list(dict.fromkeys(component for component, _ in self._entries))

    def updates(self, language: str, update: Callable[..., Any]) -> dict[Any, Any]:
        """component → update for one language."""
        rendered: dict[Any, dict[str, Any]] = {}
        for component, say in self._entries:
            rendered[component] = rendered.get(component, {}) | say(language)
        return {component: update(**words) for component, words in rendered.items()}
