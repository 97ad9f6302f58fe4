"""The review of who speaks: what the card of lines shows, and the decisions that come from it in
numbered steps.
"""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio import set_tables
from studio.dialogue.characters.text_form import parse_characters
from studio.dialogue.review import decisions, queries
from studio.errors import InputError, StudioError
from studio.store import utterance_summary
from studio.text.scripts import has_chinese
from tabs.kit import notices
from tabs.kit.language import find, sentences
from tabs.kit.lazy import Lazy
from tabs.kit.session import Session, Values
from tabs.kit.wiring import number
from tabs.views import payload, view

LINES = 60  # turns in the list
CHARS = 6000  # of the text that the page holds around a line, so that a decision needs no answer
AHEAD = (
    2  # passages around the next lines in doubt that go along, so that a quick reader need not wait
)
EDGE = 600  # an open line nearer to the end of its passage gets another passage around it
UNDER = 0.7
FIRST: dict[str, Any] = {
    "set": "",
    "echo": 0,
    "open": None,
    "anchor": None,
    "offset": None,
    "speaker": None,
    "only": False,
    "under": UNDER,
    "hear": None,
}
Page = dict[str, Any]


@dataclass(frozen=True)
class ReviewView:
    """The card and what the server knows of the page that shows it."""

    page: gr.State
    view: gr.HTML


def build() -> ReviewView:
    """Lay the card out."""
    return ReviewView(
        gr.State(dict(FIRST)), view("review", elem_id="dialogue-view", elem_classes=["card"])
    )


def current(values: Values, made: ReviewView, set_id: str) -> Page:
    """The page's state for a set; another set begins anew, with the same threshold and the same
    running number.
    """
    page = dict(FIRST) | (values.get(made.page) or {})
    return (
        page
        if page["set"] == set_id
        else FIRST | {"set": set_id} | {name: page[name] for name in ("echo", "under")}
    )


def opened(values: Values, made: ReviewView, chosen: dict[str, Any], utterance_id: int) -> Values:
    """The update that shows one line in the text, with no filter on the list."""
    return {
        made.page: current(values, made, chosen["id"])
        | {"open": utterance_id, "offset": None, "speaker": None, "only": False, "hear": None}
    }


def act(
    session: Session,
    values: Values,
    made: ReviewView,
    chosen: dict[str, Any] | None,
    data: dict[str, Any],
    notice: Any,
) -> Values:
    """Carry out the steps that are new, each once, and show what came of them.

    A step that is refused is told, those after it in the same batch are dropped, and the card is
    set right from the store.
    """
    if chosen is None:
        raise InputError("There are no lines yet.", "Extract the dialogue of a document first.")
    page, changed, failed = current(values, made, chosen["id"]), {}, False
    sent = data.get("steps")
    given = sent if isinstance(sent, list) else []
    steps = [step for step in given if isinstance(step, dict) and number(step, "n") > page["echo"]]
    with set_tables.together():
        for step in steps:
            mine = (
                step.get("set") == chosen["id"]
            )  # else decided before another set was chosen: kept, but no longer shown
            try:
                taken = take(session, str(step.get("set", "")), page, step)
                page |= taken if mine else {}
            except StudioError as error:
                changed, failed = (
                    {notice: notices.text(session, *sentences(session.language, error))},
                    True,
                )
                page |= {"open": number(step, "id")} if mine and step.get("id") is not None else {}
                break
    page["echo"] = max([page["echo"], *(number(step, "n") for step in steps)])
    page["anchor"] = windows(session, chosen["id"], page)[0]["utterance_id"]
    return changed | {made.page: page, made.view: draw(session, chosen, page, failed=failed)}


def take(session: Session, set_id: str, page: Page, step: dict[str, Any]) -> Page:
    """Carry one step out; what it changes in the page's state. Raises StudioError."""
    workspace, do = session.workspace, step.get("do")
    line = number(step, "id") if step.get("id") is not None else None
    if do == "set":
        return _set(step)
    if do == "hear":
        speaker = str(step.get("speaker") or "")
        return {"hear": {"speaker": speaker, "seed": number(step, "seed")} if speaker else None}
    if do == "undo":
        return _at(decisions.undo(workspace, set_id))
    if line is None:
        return {}
    if do == "open":
        return _at(line)
    if do == "next":
        return _at(_next(session, set_id, page, line, back=bool(step.get("back"))))
    if do == "assign":
        given = step.get("speaker")
        decisions.assign(workspace, set_id, line, None if given is None else str(given))
    elif do == "accept":
        shown = step.get("speaker", ...)
        decisions.accept(workspace, set_id, line, shown if shown in (None, ...) else str(shown))
    elif do == "kind":
        decisions.set_kind(workspace, set_id, line, str(step.get("kind")))
    following = step.get("next")
    return _at(
        number(step, "next") if following is not None else _next(session, set_id, page, line), line
    )


def _next(
    session: Session, set_id: str, page: Page, line: int, *, back: bool = False
) -> int | None:
    """The next line in doubt, of the speaker whose lines are shown or of any; at the end it begins
    again.
    """
    workspace, speaker, under = session.workspace, page["speaker"], page["under"]
    if speaker is None:
        return decisions.next_doubtful(workspace, set_id, under, line, back=back)
    total, before = (
        queries.count(workspace, set_id, speaker, under),
        queries.before(workspace, set_id, line, speaker, under),
    )
    if not total:
        return None
    near: list[int] = [
        u["utterance_id"]
        for u in queries.page(workspace, set_id, max(0, before - 1), 3, speaker, under)
    ]
    found = [n for n in near if n < line][-1:] if back else [n for n in near if n > line][:1]
    return (
        found[0]
        if found
        else queries.page(workspace, set_id, total - 1 if back else 0, 1, speaker, under)[0][
            "utterance_id"
        ]
    )


def _at(line: int | None, otherwise: int | None = None) -> Page:
    """The state that opens a line; the list follows it."""
    line = otherwise if line is None else line
    return {} if line is None else {"open": line, "offset": None}


def _set(step: dict[str, Any]) -> Page:
    """The card's own settings: whose lines, only those in doubt, under which confidence, which part
    of the list.
    """
    changed: Page = {}
    if "speaker" in step:
        changed["speaker"] = None if step["speaker"] is None else str(step["speaker"])
    if "only" in step:
        changed["only"] = bool(step["only"])
    if "under" in step:
        changed["under"] = max(
            0.0, min(1.0, float(step["under"]) if isinstance(step["under"], int | float) else UNDER)
        )
    if "offset" in step:
        changed["offset"] = None if step["offset"] is None else max(0, number(step, "offset"))
    return changed


def lazy(session: Session, values: Values, made: ReviewView, chosen: dict[str, Any] | None) -> Lazy:
    """The card's content; drawn again when lines, decisions or the page's state have changed."""
    if chosen is None or not chosen["utterances"]:
        section = "dialogue.coming" if chosen else "dialogue.empty"
        return Lazy(
            (session.language, session.workspace.path, section),
            lambda: payload({"all": 0, "empty": session.words(section)}),
        )
    page = current(values, made, chosen["id"])
    state = utterance_summary.standing(session.workspace.store, chosen["id"])
    mark = (
        session.language,
        session.workspace.path,
        chosen["id"],
        chosen["name"],
        repr(chosen["meta"].get("characters")),
        state,
        repr(page),
    )
    return Lazy(mark, lambda: draw(session, chosen, page))


def draw(session: Session, chosen: dict[str, Any], page: Page, *, failed: bool = False) -> str:
    """The card's value: two passages with their lines, a part of the list, counts, and names to
    choose from.
    """
    workspace, set_id = session.workspace, chosen["id"]
    counts = decisions.counts(workspace, set_id, page["under"])
    page = page | {"open": _open(session, set_id, page)}
    parts = windows(session, set_id, page)
    colours = {
        person.name: getattr(person, "colour", None)
        for person in parse_characters(chosen["meta"].get("characters") or "")
    }
    hear = page["hear"]
    return payload(
        {
            "key": f"{set_id}:{page['echo']}:{page['open']}",
            "set": set_id,
            "echo": page["echo"],
            "open": page["open"],
            "failed": failed,
            "all": counts.total,
            "counts": {
                "doubtful": counts.doubtful,
                "reviewed": counts.reviewed,
                "edits": counts.edits,
            },
            "under": page["under"],
            "only": page["only"],
            "speaker": page["speaker"],
            "speakers": [
                [name or None, n, colours.get(name)]
                for name, n in queries.speakers(workspace, set_id)
            ],
            "names": decisions.names(workspace, set_id),
            "windows": [_window(session, part) for part in parts],
            "lang": "zh" if has_chinese(parts[0]["text"][:400]) else "en",
            "hear": hear
            and hear
            | {
                "rows": [
                    _row(u)
                    for u in decisions.hear(workspace, set_id, hear["speaker"], hear["seed"])
                ]
            },
            "words": session.words("dialogue.view"),
        }
        | _list(session, set_id, page)
    )


def _open(session: Session, set_id: str, page: Page) -> int:
    """The open line: the one asked for, else the first in doubt, else the first."""
    if page["open"] is not None and queries.lines(session.workspace, set_id, [page["open"]]):
        return int(page["open"])
    return decisions.next_doubtful(session.workspace, set_id, page["under"]) or 0


def _list(session: Session, set_id: str, page: Page) -> dict[str, Any]:
    """The part of the list that holds the open line, or the part that was asked for."""
    workspace, under = session.workspace, page["under"] if page["only"] else None
    total = queries.count(workspace, set_id, page["speaker"], under)
    offset = page["offset"]
    if offset is None:
        offset = queries.before(workspace, set_id, page["open"], page["speaker"], under)
    offset = max(0, min(offset, total - 1)) // LINES * LINES
    rows = queries.page(workspace, set_id, offset, LINES, page["speaker"], under)
    return {"total": total, "offset": offset, "limit": LINES, "rows": [_row(u) for u in rows]}


def windows(session: Session, set_id: str, page: Page) -> list[dict[str, Any]]:
    """The passage that holds the open line and those around the next lines in doubt that are
    outside of it.

    Each names, as `ahead`, the next line in doubt behind it, as far as that was looked for; None:
    there is none at all.
    """
    workspace = session.workspace
    opened = _open(session, set_id, page)
    here = queries.passage(
        workspace, set_id, opened if page["anchor"] is None else page["anchor"], CHARS
    )
    if page["anchor"] is not None and not _holds(here, opened):
        here = queries.passage(workspace, set_id, opened, CHARS)
    parts = [here]
    for _ in range(AHEAD):
        ahead = decisions.next_doubtful(
            workspace, set_id, page["under"], parts[-1]["utterances"][-1]["utterance_id"]
        )
        parts[-1]["ahead"] = ahead
        if ahead is None or any(
            u["utterance_id"] == ahead for part in parts for u in part["utterances"]
        ):
            break
        parts.append(queries.passage(workspace, set_id, ahead, CHARS))
    return parts


def _holds(part: dict[str, Any], line: int) -> bool:
    """Whether a line stands in a passage with some text around it."""
    found = next((u for u in part["utterances"] if u["utterance_id"] == line), None)
    if found is None:
        return False
    before, after = (
        found["start"] - part["offset"],
        part["offset"] + len(part["text"]) - found["end"],
    )
    # A passage that is shorter than asked for ends with its document.
    return (before >= EDGE or part["offset"] == 0) and (after >= EDGE or len(part["text"]) < CHARS)


def _window(session: Session, part: dict[str, Any]) -> dict[str, Any]:
    kept = {name: part[name] for name in ("document", "offset", "text", "ahead") if name in part}
    return kept | {
        "key": f"{part['document']}:{part['offset']}:{len(part['text'])}",
        "lines": [_line(session, u) for u in part["utterances"]],
    }


def _line(session: Session, u: dict[str, Any]) -> dict[str, Any]:
    """A line of a passage as the card's script wants it."""
    kept = {
        name: u[name]
        for name in (
            "start",
            "end",
            "speaker",
            "confidence",
            "kind",
            "speech",
            "decided",
            "votes",
            "others",
            "choices",
        )
    }
    return kept | {
        "id": u["utterance_id"],
        "why": list(dict.fromkeys(why(session, name) for name, _ in u["evidence"])),
    }


def _row(u: dict[str, Any]) -> dict[str, Any]:
    """A line of a list."""
    kept = {
        name: u[name] for name in ("start", "document", "speaker", "confidence", "kind", "decided")
    }
    return kept | {"id": u["utterance_id"], "text": u["text"][:400]}


def why(session: Session, name: str) -> str:
    """The name of a piece of evidence in words: its own, else that of its family, else as it is."""
    family = name.replace("+", "-")
    while family:
        if (found := find(session.language, f"dialogue.evidence.{family}")) is not None:
            return str(found)
        family = family.rpartition("-")[0]
    return name
