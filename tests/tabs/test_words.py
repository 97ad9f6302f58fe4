"""Every word stands in every language, every field has a label, every error can be told in all of
them.
"""

import ast
import re
from pathlib import Path

import pytest

from studio.jobs.kinds import KINDS, spec_class
from studio.llm.chat import ChatSpec
from tabs.kit.language import (
    DEFAULT,
    LANGUAGES,
    choice_label,
    field_help,
    field_label,
    find,
    reason,
    sentences,
    table,
)

ROOT = Path(__file__).resolve().parents[2]
OTHERS = [language for language in LANGUAGES if language != DEFAULT]
ELSEWHERE = ("errors", "row_reasons")  # of the other languages' words alone
FIELD_HELP = re.compile(r"\.(fields|fields_of\.\w+)\.\w+\.help")
SPECS = [*(spec_class(kind) for kind in KINDS), ChatSpec]


def keys(node, path=""):
    return (
        {p for k, v in node.items() for p in keys(v, f"{path}.{k}")}
        if isinstance(node, dict)
        else {path}
    )


def shown_words(language):
    """The keys of a language's words, save the fields' help: in the default language that stands in
    the specs.
    """
    words = {k: v for k, v in table(language).items() if k not in ELSEWHERE}
    return {key for key in keys(words) if not FIELD_HELP.fullmatch(key)}


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_words(language):
    assert shown_words(DEFAULT) ^ shown_words(language) == set()
    assert not [key for key in keys(table(DEFAULT)) if FIELD_HELP.fullmatch(key)]


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.KIND)
def test_every_fields_help_is_translated(spec, language):
    shown = [row for row in spec.rows() if row.group != "hidden"]
    translated = {row.name: field_help(language, spec.KIND, row) for row in shown}
    assert not [row.name for row in shown if row.help and translated[row.name] == row.help]
    assert not [row.name for row in shown if row.help.endswith(".")]


@pytest.mark.parametrize("language", OTHERS)
def test_every_translated_help_is_that_of_a_field(language):
    rows = [(spec.KIND, row) for spec in SPECS for row in spec.rows() if row.group != "hidden"]
    helped = {row.name for _, row in rows if row.help}
    words = table(language)
    assert {name for name, of in words["fields"].items() if "help" in of} <= helped
    own = {
        (kind, name) for kind, of in words["fields_of"].items() for name in of if "help" in of[name]
    }
    assert own <= {(kind, row.name) for kind, row in rows if row.help}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_has_a_label(language):
    missing = [
        f"{spec.KIND}.{row.name}"
        for spec in SPECS
        for row in spec.rows()
        if row.group != "hidden"
        and field_label(language, spec.KIND, row.name) == row.name
        and row.name not in ("name",)
    ]
    assert not missing


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_group_and_unit_has_a_word(language):
    rows = [row for spec in SPECS for row in spec.rows() if row.group != "hidden"]
    assert not {
        row.group
        for row in rows
        if row.group not in ("main",) and not find(language, f"groups.{row.group}")
    }
    assert not {row.unit for row in rows if row.unit and not find(language, f"units.{row.unit}")}


def test_choices_are_told_in_chinese():
    assert choice_label("zh", "chunk", "method", "semantic") == "按语义"
    assert choice_label("zh", "train", "optim", "adamw_torch") == "adamw_torch"


def templates() -> set[str]:
    """Every literal what/do template that the engine or the window raises."""
    found: set[str] = set()
    for path in [*(ROOT / "studio").rglob("*.py"), *(ROOT / "tabs").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func).split(".")[-1]
            if name in (
                "SpecError",
                "InputError",
                "ModelError",
                "WorkspaceError",
                "JobError",
                "StudioError",
                "LlmFault",
            ):
                args = node.args[1:] if name == "LlmFault" else node.args
                found |= {
                    a.value
                    for a in args[:2]
                    if isinstance(a, ast.Constant) and isinstance(a.value, str) and a.value
                }
    return found


@pytest.mark.parametrize("language", OTHERS)
def test_every_error_can_be_told(language):
    known = set(table(language)["errors"])
    assert sorted(templates() - known) == []


def test_a_translated_error_keeps_its_values():
    from studio.errors import InputError

    what, do = sentences(
        "zh", InputError("The file {name} is empty.", "Choose a file with text.", name="a.txt")
    )
    assert "a.txt" in what and do and "file" not in what


def row_problems() -> set[str]:
    """Every reason for which the engine leaves a row out, with X for what it names."""
    found: set[str] = set()
    for path in [
        *(ROOT / "studio" / "datasets").rglob("*.py"),
        ROOT / "studio" / "text" / "delimited.py",
    ]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            told: list[ast.expr] = []
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in (
                "RowProblem",
                "lose",
                "_TooLong",
            ):
                told = node.args[:2] if ast.unparse(node.func).endswith("lose") else node.args[:1]
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "problem":
                told = [node.value]
            for part in told:
                for one in [part.body, part.orelse] if isinstance(part, ast.IfExp) else [part]:
                    if isinstance(one, ast.JoinedStr):
                        found.add(
                            "".join(
                                piece.value if isinstance(piece, ast.Constant) else "X"
                                for piece in one.values
                            )
                        )
                    elif (
                        isinstance(one, ast.Constant)
                        and isinstance(one.value, str)
                        and one.value not in ("", "…")
                    ):
                        found.add(one.value)
    return found


@pytest.mark.parametrize("language", OTHERS)
def test_every_reason_of_a_row_left_out_is_told(language):
    assert len(row_problems()) > 20
    assert sorted(text for text in row_problems() if reason(language, text) == text) == []


def test_reasons_keep_what_they_name():
    assert reason("zh", "turn 3 has the unknown role 'x'") == "第 3 轮的角色 'x' 未知"
    assert reason("en", "output is missing") == "output is missing"


def test_every_field_has_its_line_of_help_in_both_languages():
    lacking = [
        (kind, row.name)
        for kind in KINDS
        for row in spec_class(kind).rows()
        if not all(field_help(name, kind, row) for name in ("en", "zh"))
    ]
    assert lacking == []
