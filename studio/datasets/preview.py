"""The token view for the window: `render_row` in a process of its own, since the window never loads
transformers.

Answers are kept under the workspace's cache, so that paging back is instant; the process is kept
warm for some minutes.
"""

import json
from pathlib import Path
from typing import Any

from studio.datasets import registry
from studio.datasets.sources import stamp
from studio.datasets.token_server import SERVER
from studio.errors import StudioError
from studio.files import write_text
from studio.models.reference import Hub
from studio.spec import digest
from studio.workspace import Workspace

TIMEOUT_S = 90
KEPT = 200
MAX_PAGE = 50
FORM = 3  # of the answers that are kept


def token_view(
    workspace: Workspace,
    dataset: str,
    offset: int = 0,
    limit: int = 5,
    model: str = "starter",
    cutoff_len: int = 1024,
    stage: str = "sft",
    *,
    hub: Hub = "huggingface",
    train_on_prompt: bool = False,
    mask_history: bool = False,
    timeout_s: float = TIMEOUT_S,
) -> list[dict[str, Any]]:
    """Rows `offset` to `offset + limit` of a dataset as tokens, ready for the window.

    Each is {"row": number from 0, "parts": [part, …], "error": record or None}; a part is {"name":
    "reply" | "chosen" | "rejected", "text", "tokens", "input_ids", "labels", "special", "split",
    "cut_tokens", "trained_fraction", "truncated"}, where tokens, input_ids, labels (-100: not
    learnt) and special are as long as each other, and `split` tells of the tokens that hold a part
    of a character (see `token_bytes`). Raises StudioError.
    """
    asked, age = request(
        workspace,
        dataset,
        model,
        cutoff_len,
        stage,
        hub=hub,
        train_on_prompt=train_on_prompt,
        mask_history=mask_history,
    )
    asked |= {"offset": max(0, offset), "limit": max(1, min(limit, MAX_PAGE))}
    folder = workspace.path / "cache" / "tokens"
    kept = folder / f"{digest([asked, age, FORM])[:32]}.json"
    try:
        rows: list[dict[str, Any]] = json.loads(kept.read_text(encoding="utf-8"))
        return rows
    except (OSError, ValueError):
        rows = _ask(asked, timeout_s)
    write_text(kept, json.dumps(rows, ensure_ascii=False))
    _trim(folder)
    return rows


def request(
    workspace: Workspace,
    dataset: str,
    model: str,
    cutoff_len: int,
    stage: str,
    *,
    hub: Hub = "huggingface",
    train_on_prompt: bool = False,
    mask_history: bool = False,
) -> tuple[dict[str, Any], list[int]]:
    """(what the reader of tokens is asked about a dataset, without its rows; what changes when the
    dataset's file does). Raises StudioError.
    """
    entry = registry.find(workspace, dataset)
    assert entry.path is not None
    asked = {
        "workspace": str(workspace.path),
        "dataset": entry.name,
        "model": model,
        "hub": hub,
        "cutoff_len": cutoff_len,
        "stage": stage,
        "train_on_prompt": train_on_prompt,
        "mask_history": mask_history,
        "age": _model_age(model, hub, workspace),
    }
    return asked, list(stamp(entry.path))


def _ask(request: dict[str, Any], timeout_s: float) -> list[dict[str, Any]]:
    """The worker's reply. Raises StudioError."""
    reply = SERVER.ask(request, timeout_s)
    if reply.get("error"):
        raise StudioError.from_record(reply["error"])
    return list(reply["rows"])


def _model_age(model: str, hub: Hub, workspace: Workspace) -> str:
    """Something that changes when the model's tokenizer does."""
    from studio.models import resolve

    place = Path(resolve(model, hub, workspace))
    return f"{place}:{max((p.stat().st_mtime_ns for p in place.glob('*token*')), default=0)}"


def _trim(folder: Path) -> None:
    """Keep the newest 200 answers."""
    kept = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in kept[KEPT:]:
        path.unlink(missing_ok=True)
