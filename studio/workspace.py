"""A workspace: one folder = one project, with its documents, data, runs and one store.

    <workspace>/
      inkwell.db        the store (SQLite, WAL)
      documents/        the text of each document, exactly as decoded
      data/             dataset_info.json and the dataset files, as LLaMA-Factory expects them
      runs/<job>/       spec.yaml, log.txt and what a job writes (chunks.parquet, adapter/ …)
      presets/          the user's own presets

Keys, models and the list of workspaces live in the home folder (`INKWELL_HOME`, else `~/.inkwell`).
"""

import os
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from studio.errors import WorkspaceError
from studio.files import disk_error
from studio.store import Store

LONGEST_NAME = 80
NAME = re.compile(r"[\w\-][\w\-. ]{0,78}[\w\-]|[\w\-]", re.UNICODE)
RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"com{i}" for i in range(1, 10)),
    *(f"lpt{i}" for i in range(1, 10)),
}
FOLDERS = ("documents", "data", "runs", "presets")


def home() -> Path:
    """The folder for what all workspaces share: models, keys, the list of workspaces."""
    return Path(os.environ.get("INKWELL_HOME") or Path.home() / ".inkwell").expanduser().resolve()


def safe_name(name: str) -> str:
    """`name`, its accents composed (NFC), if it can be a file's name on every system; else
    WorkspaceError.

    Letters of any script, digits, `_`, `-`, inner dots and spaces; 1 to 80 characters.
    """
    text = unicodedata.normalize("NFC", name.strip()) if isinstance(name, str) else ""
    if not NAME.fullmatch(text) or ".." in text or text.split(".")[0].lower() in RESERVED:
        raise WorkspaceError(
            "{name} cannot be used as a name.",
            "Use letters, digits, spaces, hyphens and underscores, at most 80 characters.",
            may_pass=False,
            name=repr(text[:60]),
        )
    return text


@dataclass(frozen=True)
class Workspace:
    """An opened project folder. Make one with `Workspace.open`."""

    path: Path

    @staticmethod
    def open(path: str | Path | None = None) -> "Workspace":
        """Open `path` (default: `default` under home), creating what is missing.

        Raises WorkspaceError.
        """
        folder = Path(path).expanduser() if path else home() / "workspaces" / "default"
        folder = folder.resolve()
        if folder.exists() and not folder.is_dir():
            raise WorkspaceError(
                "{path} is a file, not a folder.", "Choose a folder for the workspace.", path=folder
            )
        try:
            for name in FOLDERS:
                (folder / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise disk_error(error, folder) from error
        workspace = Workspace(folder)
        workspace.store.migrate()
        return workspace

    @cached_property
    def store(self) -> Store:
        """The workspace's one SQLite store."""
        return Store(self.path / "inkwell.db")

    @property
    def name(self) -> str:
        """The folder's name, as the top bar shows it."""
        return self.path.name

    @property
    def documents(self) -> Path:
        """Folder of the documents' texts."""
        return self.path / "documents"

    @property
    def data(self) -> Path:
        """Folder of `dataset_info.json` and the dataset files."""
        return self.path / "data"

    @property
    def runs(self) -> Path:
        """Folder that holds one folder a job."""
        return self.path / "runs"

    def run_folder(self, job_id: str) -> Path:
        """The folder of one job; the id is checked as a name, so it cannot lead elsewhere."""
        return self.runs / safe_name(job_id)

    def inside(self, relative: str) -> Path:
        """`relative` resolved under the workspace; WorkspaceError for anything that leads out of
        it.
        """
        try:
            target = (self.path / relative).resolve()
        except (ValueError, OSError) as error:
            raise WorkspaceError(
                "That file is outside the workspace.", "Choose a file of this workspace."
            ) from error
        if not target.is_relative_to(self.path):
            raise WorkspaceError(
                "That file is outside the workspace.", "Choose a file of this workspace."
            )
        return target


def listed() -> list[str]:
    """Names of the workspaces under home, in alphabetical order."""
    folder = home() / "workspaces"
    if not folder.is_dir():
        return []
    return sorted(p.name for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
