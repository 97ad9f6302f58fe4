"""What lies under the curve of a run: its replies to fixed prompts step by step, its log with a
search, and how busy the machine is.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from studio.files import size_of, write_text
from studio.jobs.log_search import LEVELS, Level, LogSearches
from studio.jobs.records import JobRecord
from studio.training import sample_replies as samples
from studio.training.sample_replies import Sample
from tabs.kit import export_box
from tabs.kit.lazy import Lazy, drawn
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect, number
from tabs.training import curve_card
from tabs.views import payload, view

PARTS = ("replies", "log", "machine")
STEPS, TEXT = 100, 4000  # looks that the slider has, characters of a reply
QUERY = 200  # characters that are looked for at most
SEARCHES = LogSearches()


@dataclass(frozen=True)
class LivePanel:
    """The view, and what of it is open on the page."""

    view: gr.HTML
    page: gr.State


def build() -> LivePanel:
    """Lay it out, under the curve."""
    return LivePanel(view=view("live", elem_id="train-live"), page=gr.State({}))


def wire(
    panel: LivePanel,
    shared: Shared,
    ready: gr.DownloadButton,
    notice: Any,
    also: Sequence[Any],
    opened: Callable[[Session, Values], JobRecord | None],
) -> None:
    """What a click does. also: what `opened`, the run that is shown, is read from; ready: offers
    what is to be fetched.
    """

    def act(session: Session, values: Values, data: dict[str, Any]) -> Values:
        record, page = opened(session, values), values.get(panel.page) or {}
        if data.get("act") == "download" and record is not None:
            return {ready: export_box.offered(session, _file(session, record, data.get("what")))}
        if data.get("act") == "part":
            page = page | {"part": str(data.get("part", ""))}
        elif data.get("act") == "prompt":
            page = page | {"prompt": number(data, "prompt")}
        elif data.get("act") == "search":
            page = page | {"query": str(data.get("query", ""))[:QUERY]}
            page |= {"level": str(data.get("level", ""))}
        values = values | {panel.page: page}
        return {panel.page: page} | drawn(
            {panel.view: shown(session, panel, values, record, at=None)}
        )

    connect(
        shared,
        panel.view.act,
        act,
        inputs=[panel.page, *also],
        outputs=[panel.page, panel.view, ready],
        notice=notice,
        event=True,
    )


def shown(
    session: Session, panel: LivePanel, values: Values, record: JobRecord | None, at: int | None
) -> Lazy:
    """The panel of the open run; of none, nothing."""
    more = {} if at is None else {"at": at}
    if record is None:
        return Lazy((session.language, "none"), lambda: payload({}), **more)
    page = values.get(panel.page) or {}
    folder = session.workspace.run_folder(record.id)
    part = _part(page, folder)
    watched = {
        "replies": size_of(folder / samples.NAME),
        "log": size_of(folder / "log.txt"),
        "machine": size_of(folder / "metrics.jsonl"),
    }
    mark = (session.language, record.id, record.active, part, repr(page), watched.get(part))
    return Lazy(
        (*mark, watched["replies"] > 0), lambda: _payload(session, record, page, part), **more
    )


def _part(page: dict[str, Any], folder: Path) -> str:
    """What is open: what was pressed last; before, the replies where there are some."""
    wanted = page.get("part")
    if wanted is None:
        return "replies" if size_of(folder / samples.NAME) else ""
    return wanted if wanted in PARTS else ""


def _payload(session: Session, record: JobRecord, page: dict[str, Any], part: str) -> str:
    folder = session.workspace.run_folder(record.id)
    made = {"replies": _replies, "log": _log, "machine": _machine}
    return payload(
        {
            "run": record.id,
            "key": f"{record.id} {part}",
            "part": part,
            "parts": [[name, session.word(f"live.parts.{name}")] for name in PARTS],
            "words": session.words("live.view"),
            "active": record.active,
        }
        | ({part: made[part](session, folder, page)} if part in made else {})
    )


def _replies(session: Session, folder: Path, page: dict[str, Any]) -> dict[str, Any]:
    """The replies to one prompt at all steps, at most STEPS of them."""
    found = samples.read(folder)
    prompts = list(found[-1].prompts) if found else []
    at = min(max(0, number(page, "prompt")), max(0, len(prompts) - 1))
    kept = [one for one in _thinned(found) if at < len(one.replies)]
    return {
        "prompts": prompts,
        "at": at,
        "steps": [_reply(one, at) for one in kept],
        "left_out": len(found) - len(kept),
        "seconds": round(sum(one.seconds for one in found), 1),
    }


def _reply(sample: Sample, at: int) -> dict[str, Any]:
    reply = sample.replies[at]
    return {
        "step": sample.step,
        "text": reply.text[:TEXT],
        "tokens": reply.tokens,
        "whole": reply.ended and len(reply.text) <= TEXT,
        "scores": reply.scores,
        "missing": reply.missing,
    }


def _thinned(found: Sequence[Sample]) -> list[Sample]:
    """The first, the last and evenly between them."""
    if len(found) <= STEPS:
        return list(found)
    places = {round(n * (len(found) - 1) / (STEPS - 1)) for n in range(STEPS)}
    return [found[place] for place in sorted(places)]


def _log(session: Session, folder: Path, page: dict[str, Any]) -> dict[str, Any]:
    query, level = str(page.get("query", "")), _level(page.get("level"))
    found = SEARCHES.look(folder / "log.txt", query, level)
    facts = session.word("live.log.lines", n=f"{found.total:,}", mb=f"{found.size / 1e6:,.2f}")
    matches = sum(line.match for line in found.lines)
    if query or level:
        facts = session.word("live.log.matches", n=f"{found.matches:,}", of=f"{found.total:,}")
    if matches < found.matches:
        facts = f"{facts} · {session.word('live.log.newest', n=matches)}"
    return {
        "lines": [[one.number, one.text, one.level, one.match, one.cut] for one in found.lines],
        "facts": facts,
        "query": query,
        "level": level,
        "levels": [
            ["", session.word("live.log.all")],
            ["warning", session.word("live.log.warnings", n=f"{found.warnings:,}")],
            ["error", session.word("live.log.errors", n=f"{found.errors:,}")],
        ],
    }


def _level(wanted: Any) -> Level:
    return next((level for level in LEVELS if level == wanted), "")


def _machine(session: Session, folder: Path, page: dict[str, Any]) -> dict[str, Any]:
    """The curves of the machine's measures, with the last value and the highest."""
    found = curve_card.CURVES.look(folder / "metrics.jsonl")
    names = [name for name in ("tokens_per_s", *curve_card.MACHINE) if found[name]["y"]]
    return {
        "charts": [
            {
                "label": session.word(f"live.machine.{name}"),
                "now": f"{found[name]['y'][-1]:,.4g}",
                "peak": session.word("live.peak", value=f"{max(found[name]['y']):,.4g}"),
                **found[name],
            }
            for name in names
        ]
    }


def _file(session: Session, record: JobRecord, what: Any) -> Path:
    """The log as it is now, or all replies as Markdown."""
    folder = session.workspace.run_folder(record.id)
    if what != "replies":
        return folder / "log.txt"
    made = Path(tempfile.mkdtemp(prefix="inkwell-replies-")) / "sample-replies.md"
    write_text(made, samples.as_markdown(record.title or record.id, samples.read(folder)))
    return made
