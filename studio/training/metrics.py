"""Writing `metrics.jsonl`: one JSON line a measurement, appended while training runs."""

import json
import time
from pathlib import Path
from typing import Any

from studio.files import disk_error, write_text
from studio.training import curves

NAME = "metrics.jsonl"


class Metrics:
    """The metrics file of one run."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def cut_back(self, step: int) -> dict[str, Any]:
        """Drop every line after `step`, and a torn last one, so that a resumed curve has no point
        twice; the last kept line with the sums of time and tokens.
        """
        kept = (
            [line for line in curves.read(self.path) if line.get("step", 0) <= step] if step else []
        )
        write_text(self.path, "".join(json.dumps(line) + "\n" for line in kept))
        return next((line for line in reversed(kept) if "seconds" in line), {})

    def add(self, line: dict[str, Any]) -> None:
        """Append one line. Raises WorkspaceError when the disk refuses."""
        try:
            with self.path.open("a", encoding="utf-8") as out:
                out.write(json.dumps(line | {"time": round(time.time(), 3)}) + "\n")
        except OSError as error:
            raise disk_error(error, self.path) from error

    def lines(self) -> list[dict[str, Any]]:
        """All lines so far."""
        return curves.read(self.path)
