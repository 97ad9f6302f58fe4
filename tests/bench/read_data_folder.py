"""Every file of a folder, as LLaMA-Factory's own data/, taken in as a dataset: what it is read as,
or the sentence that refuses it.

    python tests/bench/read_data_folder.py LLaMA-Factory/data
"""

import sys
import tempfile
from pathlib import Path

from studio import datasets
from studio.datasets import window
from studio.errors import StudioError
from studio.workspace import Workspace


def main(folder: Path) -> int:
    """Print a line a file; the number of files that were neither read nor refused in words."""
    with tempfile.TemporaryDirectory() as place:
        workspace = Workspace.open(Path(place) / "w")
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        for number, path in enumerate(files):
            try:
                made = window.take_in(workspace, path, f"d{number}")
                kind = datasets.open_dataset(f"d{number}", workspace).kind
                print(
                    f"read     {path.relative_to(folder)}: {made['rows']:,} rows of kind {kind}, "
                    f"{made['skipped']:,} left out{', ' + made['form'] if made['form'] else ''}"
                    + "".join(f"; row {p['row']}: {p['reason']}" for p in made["problems"][:1])
                )
            except StudioError as error:
                print(f"refused  {path.relative_to(folder)}: {error.sentence}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
