"""The record of a tab: the window knows no more of a tab than its record, and a new tab needs no
more than that.
"""

import ast
import dataclasses
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
import yaml

import tabs
from studio.generation.spec import question_types
from tabs import app
from tabs.kit import language
from tabs.kit.session import Session
from tabs.kit.tab import Tab, label
from tabs.shell import kept

FACE = Path(tabs.__file__).parent
FOLDERS = {path.parent.name for path in FACE.glob("*/__init__.py")}
# From the top down; a tab's folder stands between the shell and the kit, and uses no other tab's.
LEVELS = {"app": 0, "TABS": 1, "__init__": 1, "shell": 1, "kit": 3}
TAB, BASE = 2, 4


@dataclass(frozen=True, kw_only=True)
class Empty:
    """The components of a tab with one button."""

    button: gr.Button


def extra() -> Tab[Empty]:
    """A tab that is nowhere but here."""
    return Tab(
        name="garden",
        build=lambda shared: Empty(button=gr.Button("Dig", elem_id="garden-dig")),
        wire=lambda parts, window: None,
        drawn=lambda parts: [],
        views=lambda parts, session, values: {},
    )


@pytest.fixture
def two_words(tmp_path, monkeypatch):
    """The words with one more for the tab's name in each language."""
    shutil.copytree(language.FOLDER, tmp_path / "words")
    for name, text in (("en", "Garden"), ("zh", "花园")):
        place = tmp_path / "words" / f"{name}.yaml"
        words = yaml.safe_load(place.read_text(encoding="utf-8"))
        words["tabs"]["garden"] = text
        place.write_text(yaml.safe_dump(words, allow_unicode=True), encoding="utf-8")
    monkeypatch.setattr(language, "FOLDER", tmp_path / "words")
    language.table.cache_clear()
    yield
    language.table.cache_clear()


def test_a_new_tab_takes_one_file_and_two_words(workspace, two_words):
    demo = app.build(workspace.path, tabs=(*tabs.TABS, extra()))
    names = {block.elem_id: block for block in demo.blocks.values() if block.elem_id}
    assert names["tab-garden"].label == "Garden" and "garden-dig" in names
    assert "view_garden" in names["pulse"].js_on_load
    place = len(tabs.TABS) + 1
    assert label(Session(workspace, "zh"), place, extra()) == f"{place} 花园"


def test_a_new_language_takes_its_words_and_one_name(workspace, tmp_path, monkeypatch):
    """It has its turn at the button, its words on the page and its place among what is kept."""
    shutil.copytree(language.FOLDER, tmp_path / "words")
    words = language.table("en") | {"tabs": dict.fromkeys(language.table("en")["tabs"], "Onglet")}
    for name in ("it", "errors.it", "reasons.it"):
        (tmp_path / "words" / f"{name}.yaml").write_text(
            yaml.safe_dump(words if name == "it" else {"a": "b"}), encoding="utf-8"
        )
    monkeypatch.setattr(language, "FOLDER", tmp_path / "words")
    for module in (language, kept):
        monkeypatch.setattr(module, "LANGUAGES", ("en", "zh", "it"))
    try:
        assert app.build(workspace.path) is not None
        assert [language.following(name) for name in ("en", "zh", "it")] == ["zh", "it", "en"]
        assert language.language_named("it") == "it"
        assert language.language_named("xx") == language.language_named(["it"]) == "en"
        assert label(Session(workspace, "it"), 1, tabs.TABS[1]) == "1 Onglet"
        assert question_types("it") == question_types("en") != question_types("zh")
    finally:
        language.table.cache_clear()


def test_a_shared_window_has_the_public_tabs_alone(workspace):
    demo = app.build(workspace.path, chat_only=True)
    found = {block.elem_id for block in demo.blocks.values() if isinstance(block, gr.Tab)}
    assert found == {f"tab-{tab.name}" for tab in tabs.TABS if tab.public} == {"tab-chat"}


def test_what_the_views_draw_is_what_the_record_lists(workspace):
    """A component that a view draws and the record does not list would never reach the page."""
    windows: list[Any] = []
    demo = app.build(workspace.path, tabs=tuple(_kept(tab, windows) for tab in tabs.TABS))
    assert demo is not None and windows
    session = Session(workspace, "en")
    for window in windows[:1]:
        for tab, parts in window.pairs():
            assert set(tab.views(parts, session, {})) <= set(tab.drawn(parts)), tab.name


def _kept(tab: Tab[Any], windows: list[Any]) -> Tab[Any]:
    """The same tab, which also keeps the window that it is wired in."""

    def wire(parts: Any, window: Any) -> None:
        windows.append(window)
        tab.wire(parts, window)

    return dataclasses.replace(tab, wire=wire)


def test_the_window_names_no_tab():
    names = {tab.name for tab in tabs.TABS}
    for path in [FACE / "app.py", *(FACE / "shell").glob("*.py")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert not named & names, path


def _words_of_jobs(path: Path) -> set[str]:
    """Kinds of job are called like tabs: what is told of a job after its kind names no tab."""
    return (
        {"dialogue", "instructions", "preferences", "dataset"}
        if path.parent.name == "kit"
        else set()
    )


def test_tabs_use_the_kit_and_not_each_other():
    def level(name: str) -> int:
        return LEVELS.get(name, TAB if name in FOLDERS - {"views"} else BASE)

    wrong = []
    for path in FACE.rglob("*.py"):
        here = path.relative_to(FACE).with_suffix("").parts[0]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ImportFrom) or (node.module or "").split(".")[0] != "tabs":
                continue
            for alias in node.names:
                there = f"{node.module}.{alias.name}".split(".")[1]
                beside = level(there) == level(here) == TAB and there != here
                if level(there) < level(here) or beside:
                    wrong.append(f"{path.relative_to(FACE)} imports {there}")
    assert not wrong
