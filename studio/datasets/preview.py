"""The token view for the window: `render_row` in a process of its own, since the window never loads transformers.

Answers are kept under the workspace's cache, so that paging back is instant; the process is kept warm for some minutes.
"""

import concurrent.futures
import itertools
import json
import threading
from pathlib import Path
from typing import Any

from studio.datasets.opened import open_dataset
from studio.datasets.token_server import SERVER
from studio.errors import StudioError
from studio.files import write_text
from studio.spec import digest
from studio.workspace import Workspace

TIMEOUT_S = 90
QUICK_S = 0.15
KEPT = 200
MAX_PAGE = 50
_pool = concurrent.futures.ThreadPoolExecutor(1, "tokens")  # the worker answers one at a time
_jobs: dict[str, concurrent.futures.Future[list[dict[str, Any]]]] = {}
_finished = itertools.count(1)
_last = [0]
_lock = threading.Lock()


def token_view(
    workspace: Workspace,
    dataset: str,
    offset: int = 0,
    limit: int = 5,
    model: str = "starter",
    cutoff_len: int = 1024,
    stage: str = "sft",
    *,
    hub: str = "huggingface",
    train_on_prompt: bool = False,
    mask_history: bool = False,
    timeout_s: float = TIMEOUT_S,
) -> list[dict[str, Any]]:
    """Rows `offset` to `offset + limit` of a dataset as tokens, ready for the window.

    Each is {"row": number from 0, "parts": [part, …], "error": record or None}; a part is {"name": "reply" | "chosen" |
    "rejected", "text", "tokens", "input_ids", "labels", "special", "cut_tokens", "trained_fraction", "truncated"}, where
    tokens, input_ids, labels (-100: not learnt) and special are as long as each other. Raises StudioError.
    """
    opened = open_dataset(dataset, workspace)
    limit = max(1, min(limit, MAX_PAGE))
    request = {
        "workspace": str(workspace.path), "dataset": opened.name, "offset": max(0, offset), "limit": limit, "model": model,
        "hub": hub, "cutoff_len": cutoff_len, "stage": stage, "train_on_prompt": train_on_prompt, "mask_history": mask_history,
    }
    stat = opened.path.stat()
    request["age"] = _model_age(model, hub, workspace)
    folder = workspace.path / "cache" / "tokens"
    kept = folder / f"{digest([request, stat.st_mtime_ns, stat.st_size])[:32]}.json"
    try:
        return json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        rows = _ask(request, timeout_s)
    write_text(kept, json.dumps(rows, ensure_ascii=False))
    _trim(folder)
    return rows


def soon(*arguments: Any, **options: Any) -> list[dict[str, Any]] | None:
    """The same without waiting: None while it is read in a thread of its own. What went wrong is raised once, then tried again."""
    key = repr((arguments, sorted(options.items())))
    with _lock:
        job = _jobs.get(key)
        if job is None:
            job = _jobs[key] = _pool.submit(token_view, *arguments, **options)
            job.add_done_callback(lambda _: _last.__setitem__(0, next(_finished)))
        while len(_jobs) > KEPT:
            _jobs.pop(next(iter(_jobs)))
    if not job.done():
        concurrent.futures.wait([job], QUICK_S)  # what is kept on the disk, or a warm process, needs no second look
    if not job.done():
        return None
    with _lock:
        _jobs.pop(key, None)  # read again next time: from the disk, unless the file or the model have changed
    return job.result()


def finished() -> int:
    """A number that moves when something `soon` was asked for has been read."""
    return _last[0]


def _ask(request: dict[str, Any], timeout_s: float) -> list[dict[str, Any]]:
    """The worker's reply. Raises StudioError."""
    reply = SERVER.ask(request, timeout_s)
    if reply.get("error"):
        raise StudioError.from_record(reply["error"])
    return list(reply["rows"])


def _model_age(model: str, hub: str, workspace: Workspace) -> str:
    """Something that changes when the model's tokenizer does."""
    from studio.models import resolve

    place = Path(resolve(model, hub, workspace))
    return f"{place}:{max((p.stat().st_mtime_ns for p in place.glob('*token*')), default=0)}"


def _trim(folder: Path) -> None:
    """Keep the newest 200 answers."""
    kept = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in kept[KEPT:]:
        path.unlink(missing_ok=True)
