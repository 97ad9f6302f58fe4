"""The preview's fourth mode: what is wrong with the set on show, and what mends it.

A small set is checked as soon as the mode is opened, a larger one by a job that the person starts.
The page sends what was done as events of the preview.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from studio import jobs
from studio.datasets import health, registry
from studio.datasets.profile.spec import RepairJob
from studio.datasets.row_changes import row_work
from studio.datasets.spec import DatasetJob
from studio.errors import StudioError
from studio.jobs.records import JobRecord
from tabs.dataset import chosen, token_options
from tabs.dataset.page import CLICK_WAIT_S, Reading
from tabs.dataset.parts import DatasetTab
from tabs.kit import notices
from tabs.kit.language import find, reason, sentences
from tabs.kit.lazy import Lazy
from tabs.kit.session import Session, Values
from tabs.kit.wiring import number
from tabs.views import payload

MODE = "health"
INFORMING = ("lengths", "languages")  # of no trouble, they stand in the overview
COMPARING = ("leaks", "near_leaks")  # their examples name rows of the held-out set
LONGEST = 400  # characters of a value that is filled in
MOST = 50  # values
MOST_LANGUAGES = 3  # in the line of figures
CHECK_WAIT_S = 12.0  # of a press, for a small set


def answer(
    tab: DatasetTab, session: Session, values: Values, data: dict[str, Any]
) -> Values | None:
    """The answer to what was done in the report; None where the event is about something else."""
    asked = str(data.get("act"))
    if asked != "health_row" and asked not in ACTS:
        return None
    name = chosen.ready(session, values.get(tab.shown))
    if asked == "health_row":
        return _open_row(tab, session, name, data)
    told = ACTS[asked](session, name, data)
    drawn_now = drawn(tab, session, name, values, CLICK_WAIT_S)
    done: Values = {tab.view: drawn_now.draw(tab.view)}
    return done | ({tab.notice: notices.text(session, told, good=True)} if told else {})


def drawn(tab: DatasetTab, session: Session, name: str, values: Values, wait_s: float) -> Lazy:
    """The report as it stands: there, under way, or still to be asked for."""
    job, report, reading, error = _running(session, name), None, None, None
    try:
        report = health.report(session.workspace, name)
        if report is None and job is None and health.is_small(session.workspace, name):
            reading = _reading(session, name, "")
            if reading.ready(wait_s):
                report = reading.result()
        change = health.last_change(session.workspace, name)
    except StudioError as told:
        error, change = told, None
    tokens = _tokens(tab, session, name, values, report) if report else None
    progress = (job.progress or {}).get("done") if job else None
    made = (report or {}).get("made"), (report or {}).get("against"), (report or {}).get("near")
    far = tokens and (tokens["count"], tokens["total"], tuple(tokens["values"].values()))
    state = (job and job.id, progress, reading and reading.done(), change and change.id, made, far)
    mark = (MODE, session.language, session.workspace.path, name, _age(session, name), *state)
    shown = {
        "mode": MODE,
        "key": f"{name}-{MODE}",
        "name": name,
        "total": 1,
        "words": session.words("dataset.health.view"),
        "error": list(sentences(session.language, error)) if error else None,
        "busy": bool(reading and report is None and error is None),
        "job": _progress(job),
        "report": _report(session, report, tokens) if report else None,
        "change": {"why": change.why, "rows": change.changed + change.deleted} if change else None,
        "partners": _partners(session, name),
    }
    return Lazy(mark, lambda: payload(shown))


def _tokens(
    tab: DatasetTab, session: Session, name: str, values: Values, report: dict[str, Any]
) -> dict[str, Any] | None:
    """What is cut off by the options of the token view, as far as it is counted by now; None where
    it cannot be counted.
    """
    figures, model = report["figures"], str(values.get(tab.model) or "starter")
    wanted = token_options.read(values.get(tab.tokens)).fits(figures["kind"])
    try:
        return health.tokens(
            session.workspace, name, figures["rows"], model, wanted.options, wanted.stage
        )
    except StudioError:
        return None  # the token view tells of it


def _reading(session: Session, name: str, against: str) -> Reading:
    """The check of a small set, begun if it is not yet."""
    given = (session.workspace, name, against, _age(session, name), _age(session, against))
    if _checking(*given).failed_long_ago:
        _checking.cache_clear()
    return _checking(*given)


@lru_cache(maxsize=16)
def _checking(workspace: Any, name: str, against: str, _age: int, _other: int) -> Reading:
    return Reading(lambda: health.check(workspace, name, against, near=True))


def _age(session: Session, name: str) -> int:
    try:
        return registry.find(session.workspace, name).stamp[0] if name else 0
    except StudioError:
        return 0


def _running(session: Session, name: str) -> JobRecord | None:
    """The job that checks or mends the set now."""
    for kind in ("dataset", "repair"):
        record = jobs.latest(session.workspace, kind)
        if record is None or not record.active:
            continue
        about = record.spec.get("dataset") or (record.spec.get("sources") or [""])[0]
        if about == name and (kind == "repair" or record.spec.get("op") == "check"):
            return record
    return None


def _progress(job: JobRecord | None) -> dict[str, Any] | None:
    if job is None:
        return None
    progress = job.progress or {}
    return {
        "kind": job.kind,
        "done": progress.get("done") or 0,
        "total": progress.get("total") or 0,
    }


def _check(session: Session, name: str, data: dict[str, Any]) -> str:
    """Check (again): at once, or by a job."""
    against = str(data.get("against") or "")
    if against and against not in registry.names(session.workspace):
        against = ""
    if health.is_small(session.workspace, name):
        _checking.cache_clear()
        reading = _reading(session, name, against)
        reading.ready(CHECK_WAIT_S)
        if reading.done():
            reading.result()  # what went wrong is told
        return ""
    spec = DatasetJob(
        op="check",
        sources=[name],
        against=against,
        find_near_duplicates=data.get("near") is not False,
    )
    jobs.start(session.workspace, spec)
    return ""


def _mend(session: Session, name: str, data: dict[str, Any]) -> str:
    """Do what the finding's fix does."""
    given = data.get("values") if isinstance(data.get("values"), dict) else {}
    kept = {
        str(mark)[:LONGEST]: str(value)[:LONGEST]
        for mark, value in list((given or {}).items())[:MOST]
    }
    finding = str(data.get("finding") or "")
    title = find(session.language, f"dataset.health.titles.{finding}") or ""
    spec = RepairJob.read(
        {
            "dataset": name,
            "finding": finding,
            "values": {mark: value for mark, value in kept.items() if value},
            "why": session.word("dataset.health.why", title=title),
        }
    )
    spec.check(session.workspace)
    if not health.is_small(session.workspace, name):
        jobs.start(session.workspace, spec)
        return ""
    made = health.mend(session.workspace, name, spec.finding, spec.values, spec.why)
    return told(session, made)


def told(session: Session, made: dict[str, Any]) -> str:
    """What a repair did, in words."""
    parts = [
        session.word(f"dataset.health.done.{word}", n=f"{made[word]:,}")
        for word in ("changed", "deleted", "unchanged")
        if made[word]
    ]
    return session.word("dataset.health.done.joint").join(parts)


def _undo(session: Session, name: str, data: dict[str, Any]) -> str:
    """Take the last change back."""
    return session.word("dataset.health.undone", why=row_work.step(session.workspace, name, -1))


def _open_row(tab: DatasetTab, session: Session, name: str, data: dict[str, Any]) -> Values:
    """Show a row among the others."""
    from tabs.dataset import preview

    # Nothing is looked for that could hide the row; the page itself opens it.
    page = {"of": name, "offset": 0, "number": max(0, number(data, "row"))}
    values = {tab.shown: name, tab.mode: "rows", tab.page: page}
    shown = preview.drawn(tab, session, values, CLICK_WAIT_S)
    return {tab.mode: "rows", tab.page: page, tab.view: shown.draw(tab.view)}


ACTS: dict[str, Callable[[Session, str, dict[str, Any]], str]] = {
    "health_check": _check,
    "health_mend": _mend,
    "health_undo": _undo,
}


def _partners(session: Session, name: str) -> list[str]:
    """The sets that this one can be compared with for leaks."""
    try:
        return [other for other in registry.names(session.workspace) if other != name]
    except StudioError:
        return []


def _report(
    session: Session, report: dict[str, Any], tokens: dict[str, Any] | None
) -> dict[str, Any]:
    """The report as the view's script takes it."""
    figures = report["figures"]
    words = session.words("dataset.health.figures")
    spoken = sum(figures["languages"].values()) or 1
    languages = " · ".join(
        f"{session.word(f'dataset.health.kinds.{name}')} {100 * count / spoken:.0f} %"
        for name, count in list(figures["languages"].items())[:MOST_LANGUAGES]
    )
    shown = [[words[name], figures[name]] for name in ("rows", "turns", "characters", "duplicates")]
    if tokens and tokens["values"]["tokens"]:
        trained = 100 * tokens["values"]["trained"] / tokens["values"]["tokens"]
        shown.append([words["trained"], f"{trained:.0f} %"])
    by_name = {one["name"]: one for one in report["findings"]}
    findings = [
        _finding(session, one)
        for one in [*([tokens] if tokens else []), *report["findings"]]
        if one["name"] not in INFORMING
    ]
    return {
        "figures": [*shown, *([[words["languages"], languages]] if languages else [])],
        "made": report["made"],
        "near": report["near"],
        "against": report["against"],
        "lengths": by_name["lengths"]["values"],
        "findings": [one for one in findings if one["count"]],
        "sound": [one["title"] for one in findings if not one["count"]],
    }


def _finding(session: Session, one: dict[str, Any]) -> dict[str, Any]:
    """One finding in the window's language."""
    title = session.word(f"dataset.health.titles.{one['name']}")
    fix, stop = one["fix"], session.word("punctuation.stop")
    return {
        "name": one["name"],
        "title": title,
        "severity": one["severity"],
        "count": one["count"],
        "share": one["share"],
        "total": one["total"],
        "what": reason(session.language, one["what"]) + stop,
        "do": reason(session.language, one["do"]) + stop,
        "kinds": [
            [_kind(session, kind), count, kind] for kind, count in one["kinds"].items() if kind
        ],
        "examples": [
            example | {"group": _kind(session, example["group"]), "there": one["name"] in COMPARING}
            for example in one["examples"]
        ],
        "fix": fix,
        "button": session.word(f"dataset.health.fixes.{fix}", n=f"{one['count']:,}") if fix else "",
        "sample": one["sample"],
    }


def _kind(session: Session, kind: str) -> str:
    """The word for what it is; reasons and marks of the rows themselves stay."""
    known = find(session.language, f"dataset.health.kinds.{kind}") if kind.isidentifier() else None
    return str(known) if known is not None else reason(session.language, kind)
