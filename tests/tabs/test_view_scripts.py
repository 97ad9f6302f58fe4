"""The page's scripts: their pure parts under node, the linking, and what is installed of them."""

import gzip
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tabs import views
from tabs.shell import theme
from tabs.shell.packed_page import LEVEL
from tabs.views.bundle import bundled

ROOT = Path(__file__).resolve().parents[2]
VIEWS = views.HERE
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(
    NODE is None,
    reason="node is not installed: the scripts' own tests need it (apt-get install nodejs)",
)


def linked(folder: Path, **files: str) -> str:
    """The bundle of modules given by name, the last of them the entry."""
    for name, text in files.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")
    return bundled(folder, f"{list(files)[-1]}.js")


@needs_node
def test_the_scripts_own_tests_pass():
    found = sorted((ROOT / "tests" / "views").glob("*.test.mjs"))
    done = subprocess.run(
        [NODE, "--test", "--test-reporter=tap", *map(str, found)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
    assert found and re.search(r"^# fail 0$", done.stdout, re.M)


@needs_node
def test_linked_modules_do_what_they_do_apart(tmp_path):
    script = linked(
        tmp_path,
        base="export const one = 1;\nexport function two() {\n  return 2;\n}\n"
        "export class Three {}\n",
        small="const a=4;export{a as four,a as default};\n",
        main="import './base.js';\nimport {\n  one,\n  two as second,\n} from './base.js';\n"
        "import * as base from './base.js';\nimport five, {four} from './small.js';\n"
        "export default () => [one, second(), typeof base.Three, four, five];\n"
        "console.log(JSON.stringify([one, second(), typeof base.Three, four, five]));\n",
    )
    done = subprocess.run([NODE, "-e", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == '[1,2,"function",4,4]'


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"a": "import './b.js';", "b": "import './a.js';"}, "imports itself"),
        ({"a": "export * from './b.js';"}, "not known"),
        ({"a": "import x from 'far-away';"}, "not known"),
        ({"a": "const x = '</script>';"}, "ends a script"),
    ],
)
def test_what_cannot_be_linked_is_refused(tmp_path, files, reason):
    with pytest.raises(ValueError, match=reason):
        linked(tmp_path, **files)


def test_the_page_gets_one_script_that_asks_for_nothing():
    script = re.sub(r"/\*.*?\*/", "", views.script(), flags=re.S)
    assert not re.search(r"^\s*(?:import|export)\b", script, re.M)
    assert not re.search(r"\b(?:import|importScripts|eval)\s*\(|new (?:Worker|Function)\(", script)


def test_the_page_is_light(capsys):
    """What the page is sent of ours: scripts (preact, htm and uPlot with them) and styles, in bytes
    as they are sent (packed).
    """
    parts = {"scripts": theme.early() + views.script(), "styles": theme.css()}
    plain = {name: len(text.encode()) for name, text in parts.items()}
    sent = {n: len(gzip.compress(text.encode(), LEVEL)) for n, text in parts.items()}
    with capsys.disabled():
        print(f"\nscripts and styles of the page: {sum(sent.values()) / 1000:.0f} kB, ", end="")
        print(f"unpacked {sum(plain.values()) / 1000:.0f} kB {plain}")
    assert sum(sent.values()) <= 150_000, sent
    assert sum(plain.values()) <= 520_000, plain


def test_comments_stay_at_home(tmp_path):
    """A line's number in the page's script is that in its file."""
    kept = "const a = 'http://x'; // stays\n  /** two\n   * lines */\n  // alone\n  const b = 2;\n"
    lines = linked(tmp_path, main=f"// @ts-check\n/** @type {{any}} */\n{kept}").split("\n")
    assert lines[1:8] == ["", "", "const a = 'http://x'; // stays", "", "", "", "const b = 2;"]


def view_sources() -> list[str]:
    return [p.read_text(encoding="utf-8") for p in (ROOT / "tabs").rglob("*.py")]


def test_every_view_of_the_window_is_one_of_the_scripts():
    used = {
        name for source in view_sources() for name in re.findall(r"\bview\(\s*\"(\w+)\"", source)
    }
    main = (VIEWS / "main.js").read_text(encoding="utf-8")
    listed = set(re.findall(r"\w+", main.split("const views = {")[1].split("}")[0]))
    assert used and used <= listed


def test_files_of_scripts_stay_short_and_are_checked():
    """As those of Python; what others wrote stands in `vendor/` with its licence."""
    for path in VIEWS.rglob("*.js"):
        if "vendor" in path.parts:
            assert (path.parent / "LICENSE").is_file()
            continue
        text = path.read_text(encoding="utf-8")
        assert text.startswith("// @ts-check\n") and text.count("\n") <= 400, path.name


def test_what_the_window_reads_is_installed_with_it():
    """Package data by its patterns: each file under tabs/ that is no Python."""
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = data["tool"]["setuptools"]["package-data"]["tabs"]
    covered = {path for pattern in patterns for path in (ROOT / "tabs").glob(pattern)}
    needed = {
        path
        for path in (ROOT / "tabs").rglob("*")
        if path.is_file() and path.suffix not in (".py", ".md") and "__pycache__" not in path.parts
    }
    assert needed - covered == set()
