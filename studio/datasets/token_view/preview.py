"""The token view for the window: `render_row` in a process of its own, since the window never loads
transformers.

Answers are kept under the workspace's cache, so that paging back is instant; the process is kept
warm for some minutes.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from studio.datasets import registry
from studio.datasets.source_files.sources import stamp
from studio.datasets.token_view.options import Options
from studio.datasets.token_view.token_server import SERVER
from studio.errors import StudioError
from studio.files import write_text
from studio.models.reference import Hub
from studio.spec import digest
from studio.workspace import Workspace

TIMEOUT_S = 90
KEPT = 200
MAX_PAGE = 50
FORM = 5  # of the answers that are kept


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

    Each is {"row": number from 0, "parts": [part, …], "dropped": whether training leaves it out,
    "tag": whether a KTO row's reply is wanted, else None, "error": record or None}; a part is
    {"name": "reply" | "chosen" | "rejected", "text", "tokens", "input_ids", "labels", "special",
    "split", "left", "left_trained", "cut_tokens", "trained_fraction", "truncated"}, where tokens,
    input_ids, labels (-100: not learnt) and special are as long as each other (the first 4,096;
    `left` more follow), and `split` tells of the tokens that hold a part of a character (see
    `token_bytes`). Raises StudioError.
    """
    options = Options(cutoff_len, train_on_prompt, mask_history)
    asked, age = request(workspace, dataset, model, options, stage, hub=hub)
    rows: list[dict[str, Any]] = _kept_or_asked(workspace, asked, age, offset, limit, timeout_s)
    return rows


def joined_view(
    workspace: Workspace,
    dataset: str,
    total: int,
    offset: int,
    limit: int,
    model: str,
    options: Options,
    stage: str,
    *,
    hub: Hub = "huggingface",
) -> dict[str, Any]:
    """Packs of rows, or blocks of plain text, `offset` to `offset + limit`, once all of the
    `total` rows are counted (see `share.counted`): {"total": how many there are, "offset": of the
    page, the last one where there is none at the offset asked for, "rows": as of `token_view`, with
    `members`, the numbers of their rows, and in each part `starts`, where each row begins, and
    `positions`}. Raises StudioError.
    """
    asked, age = request(workspace, dataset, model, options, stage, hub=hub, total=total)
    asked["joined"] = True
    found: dict[str, Any] = _kept_or_asked(workspace, asked, age, offset, limit, TIMEOUT_S)
    return found


def _kept_or_asked(
    workspace: Workspace,
    asked: dict[str, Any],
    age: list[int],
    offset: int,
    limit: int,
    timeout_s: float,
) -> Any:
    """A page from the cache, else from the worker."""
    asked |= {"offset": max(0, offset), "limit": max(1, min(limit, MAX_PAGE))}
    folder = workspace.path / "cache" / "tokens"
    kept = folder / f"{digest([asked, age, FORM])[:32]}.json"
    try:
        return json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = _ask(asked, timeout_s)
    write_text(kept, json.dumps(found, ensure_ascii=False))
    _trim(folder)
    return found


def request(
    workspace: Workspace,
    dataset: str,
    model: str,
    options: Options,
    stage: str,
    *,
    hub: Hub = "huggingface",
    total: int = 0,
) -> tuple[dict[str, Any], list[int]]:
    """(what the reader of tokens is asked about a dataset, without its rows; what changes when the
    dataset's file does). total: number of its good rows, where they are counted. Raises
    StudioError.
    """
    entry = registry.find(workspace, dataset)
    assert entry.path is not None
    age = list(stamp(entry.path))
    asked = {
        "workspace": str(workspace.path),
        "dataset": entry.name,
        "model": model,
        "hub": hub,
        "stage": stage,
        "age": _model_age(model, hub, workspace),
        "total": total,
    }
    key = digest([asked, age, repr(entry.layout), FORM])[:32]
    asked["lengths"] = str(workspace.path / "cache" / "lengths" / f"{key}.npz")
    return asked | asdict(options), age


def _ask(request: dict[str, Any], timeout_s: float) -> Any:
    """The worker's reply. Raises StudioError."""
    reply = SERVER.ask(request, timeout_s)
    if reply.get("error"):
        raise StudioError.from_record(reply["error"])
    return reply["rows"]


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
