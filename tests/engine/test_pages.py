"""The pages for developers stay true: what they name exists, and their links lead somewhere."""

import ast
import functools
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.test_layers import ROOMS

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    "README.md",
    "studio/README.md",
    "tabs/README.md",
    ".github/CONTRIBUTING.md",
    ".github/SECURITY.md",
    ".github/CHANGELOG.md",
    ".github/DECISIONS.md",
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
# A path of ours anywhere, also in a command; `<name>` and the like end what can be looked for.
PATH = re.compile(r"(?<![\w./-])(?:studio|tabs|tests|presets|\.github|\.ci)/[\w./-]*[<*]?")
FILE = re.compile(r"[\w.-]+\.(?:py|js|css|yaml|md|toml|lock|jsonl?|parquet|arrow|db|txt|png)")
NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?:\(.*\))?")
# Of libraries, words of the window, the web.
ELSEWHERE = re.compile(r"(?:gr|session)\.\w+|llamafactory-cli.*")


def slug(heading: str) -> str:
    """The anchor of a heading, as it is made where Markdown is shown."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def broken_links(page: Path, text: str) -> list[str]:
    """The relative links of a page that lead nowhere."""
    wrong = []
    for link in LINK.findall(text):
        place, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        target = (page.parent / place).resolve() if place else page
        if not target.exists():
            wrong.append(link)
        elif anchor and target.suffix == ".md":
            found = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            if anchor not in map(slug, found):
                wrong.append(link)
    return wrong


def missing(page: Path, text: str) -> list[str]:
    """What a page names of ours that does not exist."""
    wrong = [path for path in PATH.findall(text) if not _there(path)]
    for code in CODE.findall(text):
        if FILE.fullmatch(code):
            known = code in _files() or (page.parent / code).exists() or _written(code)
        elif NAME.fullmatch(code) and not ELSEWHERE.fullmatch(code):
            known = _defined(code.partition("(")[0]) or _word(code)
        elif re.fullmatch(r"[\w.-]+/[\w./-]*", code) and not PATH.fullmatch(code):
            known = (
                (ROOT / code).exists()
                or (page.parent / code).exists()
                or _written(code.rstrip("/").split("/")[-1])
            )
        else:
            continue
        if not known:
            wrong.append(code)
    return wrong


def _there(path: str) -> bool:
    """Whether a path of the repository exists; of one with a placeholder, the folder before it."""
    if path.endswith(("<", "*")):
        path = path.rpartition("/")[0]
    return (ROOT / path.rstrip(".")).exists()


@functools.cache
def _sources() -> dict[str, Path]:
    """Module → file, of the engine and the window."""
    found = {}
    for folder in ("studio", "tabs"):
        for path in (ROOT / folder).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@functools.cache
def _files() -> set[str]:
    """Names of files that a page may use without their folder."""
    tests = (path.name for path in (ROOT / "tests").rglob("*.py"))
    return {path.name for path in (*ROOT.iterdir(), *_sources().values())} | set(tests)


@functools.cache
def _text() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in _sources().values())


def _written(name: str) -> bool:
    """Whether the program itself names such a file or folder: one that it writes."""
    return f'"{name}"' in _text() or f"/{name}" in _text()


@functools.cache
def _tree(module: str) -> ast.Module:
    return ast.parse(_sources()[module].read_text(encoding="utf-8"))


def _names(body: list[ast.stmt]) -> dict[str, ast.stmt]:
    """What stands in a module or class, by name."""
    found: dict[str, ast.stmt] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.ImportFrom | ast.Import):
            found |= {(alias.asname or alias.name): node for alias in node.names}
        elif isinstance(node, ast.AnnAssign | ast.Assign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {part.id: node for part in targets if isinstance(part, ast.Name)}
    return found


def _defined(name: str) -> bool:
    """Whether `room.module.function`, `module.function` or `Class.member` stands in the source."""
    parts = name.split(".")
    if any(f".{module}".endswith(f".{name}") for module in _sources()):
        return True
    for cut in range(len(parts) - 1, 0, -1):
        place = "." + ".".join(parts[:cut])
        for module in _sources():
            if f".{module}".endswith(place) and _inside(_tree(module).body, parts[cut:]):
                return True
    return any(
        _inside(_tree(module).body, parts)
        for module, path in _sources().items()
        if f"class {parts[0]}" in path.read_text(encoding="utf-8")
    )


def _inside(body: list[ast.stmt], parts: list[str]) -> bool:
    node = _names(body).get(parts[0])
    if node is None or len(parts) == 1:
        return node is not None
    return isinstance(node, ast.ClassDef) and _inside(node.body, parts[1:])


def _word(key: str) -> bool:
    """Whether it is a word of the window, or names a section of them."""
    node = _words()
    for part in key.split("."):
        node = node.get(part) if isinstance(node, dict) else None
    return node is not None


@functools.cache
def _words() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "tabs" / "words" / "en.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", PAGES)
def test_a_pages_links_resolve(name):
    page = ROOT / name
    assert broken_links(page, page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_names_exists(name):
    page = ROOT / name
    assert missing(page, page.read_text(encoding="utf-8")) == []


def test_every_page_is_looked_at():
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in (".", "studio", "tabs", ".github")
        for path in (ROOT / folder).glob("*.md")
    }
    assert found == set(PAGES)


@pytest.mark.parametrize(
    "text",
    [
        "`jobs.begin`",
        "`Window.hand_over`",
        "`studio.jobs.kinds.SORTS`",
        "`studio/jobs/kind.py`",
        "`jobz/kinds.py`",
        "`never_written.jsonl`",
        "python launch.py test tests/engine/test_nothing.py",
        "`tabs/wurds/<code>.yaml`",
    ],
)
def test_what_does_not_exist_is_found(text):
    assert missing(ROOT / "studio" / "README.md", text)


@pytest.mark.parametrize("text", ["[a](gone.md)", "[a](../README.md#no-such)", "[a](#no-such)"])
def test_a_broken_link_is_found(text):
    assert broken_links(ROOT / "studio" / "README.md", text)


@pytest.mark.parametrize(
    "text",
    [
        "`jobs.start` `Window.hand_on` `studio.jobs.kinds.KINDS` `Job.progress`",
        "`jobs/kinds.py` `spec.yaml` `tabs/words/<code>.yaml` [a](../README.md#the-tree)",
    ],
)
def test_what_exists_passes(text):
    page = ROOT / "studio" / "README.md"
    assert missing(page, text) == broken_links(page, text) == []


def test_the_order_of_the_rooms_is_that_of_the_imports():
    text = (ROOT / "studio" / "README.md").read_text(encoding="utf-8")
    listed = text.split("```")[1].strip().splitlines()
    assert [set(re.split(r" {3,}", line)[0].split()) for line in listed] == list(ROOMS)
