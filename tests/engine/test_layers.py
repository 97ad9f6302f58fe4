"""The arrow: launch.py → tabs → studio → libraries, and what each process may import."""

import ast
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from tests.other_process import printed

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"torch", "transformers", "trl", "peft", "datasets", "bitsandbytes", "accelerate"}
LIGHT = {
    "annotated_types",
    "filelock",
    "psutil",
    "pydantic",
    "pydantic_core",
    "typing_extensions",
    "typing_inspection",
    "yaml",
}
DISTRIBUTED = set(metadata.packages_distributions())
FORBIDDEN_CALLS = {"eval", "exec"}
SQL = re.compile(
    r"\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH|PRAGMA|CREATE|ALTER|DROP|BEGIN|COMMIT|ROLLBACK)"
    r"\s"
)
SQL_CALLS = {"execute", "executemany", "executescript"}  # of any connection or cursor
STORE_CALLS = {"all", "one", "value"}  # of a Store
# What may hold SQL: the store, its own tests, one that fills a store of an older schema, and the
# index of a dataset's rows, which is no store: a DuckDB file that holds nothing but what a dataset
# of millions of rows says, made anew when that changes.
SQL_PLACES = (
    "studio/store/",
    "studio/datasets/paging/row_index.py",
    "tests/engine/test_store",
    "tests/engine/test_older_sets.py",
)
# The rooms of the engine from the top down; those of one line may use each other.
ROOMS = (
    {"cli"},
    {"inventory"},
    {"pipeline"},
    {"export"},
    {"evaluation"},
    {"dialogue"},
    {"chunking"},
    {"generation"},
    {"training"},
    {"llm"},
    {"datasets"},
    {"serving"},
    {"documents"},
    {"models"},
    {"jobs"},
    {
        "desktop",
        "libraries",
        "lock",
        "page_state",
        "presets",
        "sandbox",
        "secrets",
        "set_tables",
        "workspace",
    },
    {"store"},
    {"text"},
    {"explain"},
    {"errors", "files", "processes", "progress", "spec"},
)


def sources(*folders: str) -> list[Path]:
    return [p for folder in folders for p in sorted((ROOT / folder).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    """Top-level names that a file imports anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add((node.module or "").split(".")[0])
    return names


def test_the_scanner_finds_things():
    assert "gradio" in imported(ROOT / "tabs" / "app.py")
    assert len(sources("studio")) > 40


def test_the_engine_never_imports_the_face():
    assert not [p for p in sources("studio") if imported(p) & {"gradio", "tabs", "launch"}]


def test_the_face_never_imports_models():
    assert not [p for p in sources("tabs") if imported(p) & HEAVY]
    assert not imported(ROOT / "launch.py") & HEAVY


def test_a_room_uses_none_above_it():
    """Imports anywhere in a file count, save those that only a type checker sees."""
    level = {room: number for number, rooms in enumerate(ROOMS) for room in rooms}
    upwards = []
    for path in sources("studio"):
        room = path.relative_to(ROOT / "studio").with_suffix("").parts[0]
        if room == "__init__":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        typing = {
            inner
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            for inner in ast.walk(node)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.ImportFrom) or node in typing:
                continue
            for alias in node.names:
                name = f"{node.module}.{alias.name}".split(".")
                if name[0] == "studio" and level[name[1]] < level[room]:
                    upwards.append(f"{path.relative_to(ROOT)} imports {'.'.join(name)}")
    assert not upwards


def statements(source: str) -> list[int]:
    """The lines of a source on which an SQL statement stands or is handed to a database."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if SQL.match(node.value):
                found.add(node.lineno)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = ast.unparse(node.func.value).split(".")[-1]
            if node.func.attr in SQL_CALLS or (
                node.func.attr in STORE_CALLS and owner.strip("_") == "store"
            ):
                found.add(node.lineno)
    return sorted(found)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("x = '{SELECT} name'", True),
        ("x = f'{SELECT} {name} FROM t'", True),
        ("x = (1, '\\n  {SELECT} name')", True),
        ("db.execute(x)", True),
        ("self.db.executemany(x, y)", True),
        ("workspace.store.value(x)", True),
        ("(scores > 0).all()", False),
        ("call('DELETE', '/adapters')", False),
        ("sets.delete(db, 'a')", False),
    ],
)
def test_the_scanner_knows_sql(source, found):
    """The verb is put in here, so that this file holds no statement itself."""
    assert bool(statements(source.replace("{SELECT}", "select".upper()))) is found


def test_sql_only_in_the_store():
    found = {
        str(path.relative_to(ROOT)): lines
        for path in sources("studio", "tabs", "tests")
        if not path.relative_to(ROOT).as_posix().startswith(SQL_PLACES)
        and (lines := statements(path.read_text(encoding="utf-8")))
    }
    assert found == {}


@pytest.mark.long
def test_the_types_hold():
    """Under mypy's strict rules, as pyproject.toml sets them."""
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "studio", "tabs"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_learns_the_weights_is_used_by_nothing_that_runs():
    developers = ROOT / "studio" / "dialogue" / "learning"
    assert not [
        path
        for path in sources("studio", "tabs")
        if developers not in path.parents
        and "studio.dialogue.learning" in path.read_text(encoding="utf-8")
    ]


def test_no_relative_imports():
    found = [
        p
        for p in sources("studio", "tabs")
        for node in ast.walk(ast.parse(p.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not found


def test_the_window_loads_no_heavy_library():
    loaded = printed("import sys, tabs.app; print([m for m in sys.modules if '.' not in m])")
    assert not HEAVY & set(ast.literal_eval(loaded))


def test_importing_the_engine_is_cheap():
    """What an import costs is what it loads: of the libraries these few alone, all of them
    light.
    """
    code = (
        "import sys, studio.jobs, studio.chunking, studio.dialogue, studio.llm, "
        "studio.datasets; print([m for m in sys.modules if '.' not in m])"
    )
    loaded = {
        name
        for name in ast.literal_eval(printed(code))
        if name in DISTRIBUTED and not name.startswith("_")
    }
    assert loaded - {"studio"} <= LIGHT


def test_no_dangerous_calls():
    found = []
    for path in [*sources("studio", "tabs"), ROOT / "launch.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                risky = [
                    k.arg
                    for k in node.keywords
                    if k.arg in ("shell", "trust_remote_code") and ast.unparse(k.value) == "True"
                ]
                if (
                    name in FORBIDDEN_CALLS
                    or name in ("os.system", "torch.load", "pickle.load", "pickle.loads")
                    or risky
                ):
                    found.append((str(path.relative_to(ROOT)), node.lineno, name))
    assert not found


@pytest.mark.parametrize("command", [("check",), ("format", "--check")])
def test_the_linter_and_the_formatter_find_nothing(command):
    """As pyproject.toml sets them: 100 columns, no line longer, none of the rules broken."""
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--no-cache", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_files_and_functions_stay_short():
    long = []
    for path in [*sources("studio", "tabs"), ROOT / "launch.py"]:
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > 400:
            long.append(f"{path.name}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if (
                isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                and node.end_lineno - node.lineno >= 60
            ):
                long.append(f"{path.name}: {node.name}")
    assert not long


def test_broad_handlers_stand_only_at_the_two_edges():
    found = {
        str(p.relative_to(ROOT))
        for p in sources("studio", "tabs")
        for node in ast.walk(ast.parse(p.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) == "Exception")
    }
    assert found == {"studio/jobs/worker.py", "tabs/kit/wiring.py"}


def test_the_readme_shows_the_real_tree():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    tree = readme.split("## The tree")[1].split("\n## ")[0]
    named = {line.split()[0] for line in tree.splitlines() if line.startswith("    ")}
    real = {
        f"{p.name}/"
        for f in ("studio", "tabs", "presets", "tests")
        for p in (ROOT / f).iterdir()
        if p.is_dir() and p.name != "__pycache__"
    }
    real |= {
        p.name
        for f in ("studio", "tabs")
        for p in (ROOT / f).glob("*.py")
        if p.name != "__init__.py"
    } | {"launch.py", "studio/", "tabs/", "presets/", "tests/"}
    assert real - named == set()
    assert named - real <= {".github/", "pyproject.toml", "requirements.lock", "face.css"}


# A file's or room's name that may stand more than once, and what it means wherever it stands.
ONE_MEANING = {
    "build": "gathers what is there and writes the finished data",
    "control": "starts, stops and finds processes of the room",
    "detect": "finds out what a thing is from its content",
    "edits": "what was changed, with the way back",
    "export": "writes a finished set as files for other tools",
    "formats": "the file formats that the room reads or writes",
    "job": "the room's work as a job",
    "layout": "how a tab is laid out",
    "plan": "what a run will do, before it starts",
    "prompts": "the wording of requests to a model",
    "queries": "what the window asks of a finished set",
    "reading": "from raw input to what the room works with",
    "records": "the dataclasses that the room hands out",
    "refusals": "the room's sentences for input it refuses",
    "rows": "what models are trained on: kept, encoded, reviewed",
    "selfcheck": "tries the room's parts before they are needed",
    "spec": "the fields of the room's jobs",
    "tab": "a tab: its record and what it wires (in the kit: the record itself)",
    "tables": "the tables that a job leaves in its run folder",
    "view": "a tab's own drawn view",
}
# The window's side of an engine's thing has the thing's name, and so has the store's table of it.
MIRRORS = ("tabs/", "studio/store/")


def names_of_two_meanings(paths: list[str]) -> dict[str, list[str]]:
    """Of module and package paths those whose last part stands twice below one top folder without
    a meaning in `ONE_MEANING`; mirrors of an engine's thing are not counted with it."""
    found: dict[tuple[str, str], list[str]] = {}
    for path in paths:
        side = next((m for m in MIRRORS if path.startswith(m)), "studio/")
        found.setdefault((side, Path(path).stem), []).append(path)
    return {n: p for (_, n), p in found.items() if len(p) > 1 and n not in ONE_MEANING}


def test_a_name_has_one_meaning():
    paths = [
        str((p.parent if p.name == "__init__.py" else p).relative_to(ROOT))
        for p in sources("studio", "tabs")
    ]
    assert names_of_two_meanings(paths) == {}
    assert names_of_two_meanings(["studio/text/marks.py", "studio/text/quotes/marks.py"])
    stems = [Path(p).stem for p in paths]
    assert [n for n in ONE_MEANING if stems.count(n) < 2] == []  # nothing stands here for nothing
