"""A run's data with a config for each tool, as one zip."""

import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from studio.datasets import registry
from studio.export.recipes import axolotl, llamafactory, trl_script, xtuner
from studio.export.recipes.facts import Facts, data_of, gathered
from studio.files import export_file, write_text
from studio.sandbox import Limits, run_limited
from studio.workspace import Workspace

OWN = "inkwell.yaml"
SLOWER = 3  # than reading: each row is written anew and packed
# Each tool's name, its file, and what writes that.
TOOLS = (
    ("LLaMA-Factory", llamafactory.FILE, llamafactory.config),
    ("Axolotl", axolotl.FILE, axolotl.config),
    ("XTuner", xtuner.FILE, xtuner.config),
    ("trl", trl_script.FILE, trl_script.config),
)
COMMANDS = {
    "LLaMA-Factory": f"llamafactory-cli train {llamafactory.FILE}",
    "Axolotl": f"axolotl train {axolotl.FILE}",
    "XTuner": f"xtuner train {xtuner.FILE}",
    "trl": f"python {trl_script.FILE}",
}


@dataclass(frozen=True)
class Bundle:
    """The zip, and what another tool does otherwise, a sentence each."""

    path: Path
    notes: tuple[str, ...]


def recipe_zip(workspace: Workspace, run: str) -> Bundle:
    """Write the bundle of a run under data/exports; an older one of its name is replaced.

    Raises StudioError: an unknown run, a dataset that is no more, a full disk.
    """
    with tempfile.TemporaryDirectory(prefix="inkwell-recipe-") as work:
        folder = Path(work)
        facts = gathered(workspace, run, folder)
        notes = written(facts, folder)
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

        def pack(path: Path) -> None:
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
                for file in sorted(p for p in folder.rglob("*") if p.is_file()):
                    out.write(file, file.relative_to(folder).as_posix())

        made = export_file(workspace.data / "exports", f"{facts.name}-elsewhere", "zip", size, pack)
    return Bundle(made, tuple(notes))


def recipe_limited(workspace: Workspace, run: str) -> Bundle:
    """The same in a process with limits of time and memory, since it reads the data's files: for
    the window.
    """
    size = sum(
        path.stat().st_size if (path := registry.find(workspace, name).path) else 0
        for name in data_of(workspace, run)
    )
    found: dict[str, Any] = run_limited(
        "studio.export.recipes.bundle:recipe_plain",
        name=run,
        limits=Limits.for_bytes(SLOWER * size),
        workspace=str(workspace.path),
        run=run,
    )
    return Bundle(Path(found["path"]), tuple(found["notes"]))


def recipe_plain(workspace: str, run: str) -> dict[str, Any]:
    """`recipe_zip` from and to plain data."""
    made = recipe_zip(Workspace.open(Path(workspace)), run)
    return {"path": str(made.path), "notes": list(made.notes)}


def written(facts: Facts, folder: Path) -> list[str]:
    """Write every config into `folder`, with a README; the notes."""
    notes: list[str] = []
    made: list[str] = []
    for tool, file, config in TOOLS:
        text, told = config(facts)
        notes += told
        if text:
            write_text(folder / file, text)
            made.append(tool)
    write_text(folder / OWN, yaml.safe_dump(facts.fields, sort_keys=False, allow_unicode=True))
    lines = [f"# {facts.name}", "", "The same training elsewhere; each command in this folder:", ""]
    lines += [f"- {tool}: `{COMMANDS[tool]}`" for tool in made]
    lines += [f"- Inkwell Studio: `python launch.py run {OWN}`", ""]
    lines += [f"- {note}" for note in notes]
    write_text(folder / "README.md", "\n".join(lines) + "\n")
    return notes
