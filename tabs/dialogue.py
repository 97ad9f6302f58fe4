"""The Role dialogue tab: who says what in a script or novel, and pairs for one role."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio import documents, jobs
from studio.dialogue import find_characters, reading
from studio.dialogue.spec import DialogueJob
from studio.errors import InputError
from tabs import documents as adding
from tabs import forms, job_panel, rows
from tabs.documents import UploadBox
from tabs.forms import Choices, Form
from tabs.job_panel import JobPanel
from tabs.rows import RowsView
from tabs.shared import Lazy, Session, Shared, Values, connect, drawn, notice
from tabs.views import payload, view

PAGE = 60
UNKNOWN = "?"
FIRST: dict[str, Any] = {"offset": 0, "speaker": "", "open": None}


@dataclass(frozen=True)
class DialogueTab:
    """The tab's named components."""

    form: Form
    upload: UploadBox
    find: gr.Button
    start: gr.Button
    notice: gr.HTML
    onward: gr.Button
    page: gr.State
    view: gr.HTML
    pairs: RowsView
    panel: JobPanel


def build(shared: Shared) -> DialogueTab:
    """Lay the tab out."""
    said = shared.said
    with gr.Row(elem_classes=["work"]):
        with gr.Column(elem_classes=["left"]):
            with gr.Column(elem_classes=["fields"]):
                upload = adding.build(said, "dialogue")
                form = forms.build(DialogueJob, said)
            told = notice()
            with gr.Row():
                find = said.label(gr.Button("Find", elem_id="dialogue-find"), "dialogue.find", "value")
                start = said.label(gr.Button("Extract", variant="primary", elem_id="dialogue-start"), "dialogue.start", "value")
        with gr.Column(elem_classes=["right"]):
            page = gr.State(dict(FIRST))
            with gr.Tabs(elem_classes=["inner-tabs"]):
                with gr.Tab("Lines") as lines:
                    card = view("turns", elem_id="dialogue-view", elem_classes=["card"])
                with gr.Tab("Pairs") as paired:
                    pairs = rows.build("dialogue_pairs", "dialogue-pairs")
            said.label(lines, "dialogue.lines")
            said.label(paired, "dialogue.pairs")
            onward = gr.Button("→", size="sm", elem_id="dialogue-onward", visible=False)
            panel = job_panel.build("dialogue", "import")
    return DialogueTab(form, upload, find, start, told, onward, page, card, pairs, panel)


def wire(tab: DialogueTab, shared: Shared) -> None:
    """What a click does."""
    adding.wire(tab.upload, tab.form, shared, tab.notice, tab.panel)
    job_panel.wire(tab.panel, shared, tab.notice)

    def start(session: Session, values: Values) -> Values:
        jobs.start(session.workspace, tab.form.read(values))
        return {tab.panel.view: job_panel.show(session, *tab.panel.kinds), tab.page: dict(FIRST)}

    def suggest(session: Session, values: Values) -> Values:
        return tab.form.fill({"characters": "\n".join(_cast(session, values.get(tab.form.fields["documents"]) or []))})

    def sample(session: Session, values: Values) -> Values:
        changed = adding.sample(session, tab.form, "story")
        return changed | tab.form.fill(sample_cast(session))

    def act(session: Session, values: Values, data: dict[str, Any]) -> Values:
        page = dict(values.get(tab.page) or FIRST)
        if data.get("act") == "sample":
            return sample(session, values)
        if data.get("act") == "open":
            page["open"] = int(data.get("id", 0))
        elif data.get("act") == "speaker":
            page = FIRST | {"speaker": str(data.get("name", ""))}
        elif data.get("act") == "page":
            page |= {"offset": max(0, int(data.get("offset", 0))), "open": None}
        return {tab.page: page} | drawn({tab.view: views(tab, session, values | {tab.page: page})[tab.view]})

    filled = [tab.form.fields[name] for name in ("documents", "characters", "target")]
    outputs = [tab.view, tab.page, tab.panel.view, *filled]
    connect(shared, tab.start.click, start, inputs=tab.form.inputs, outputs=outputs, notice=tab.notice)
    connect(shared, tab.find.click, suggest, inputs=tab.form.inputs, outputs=outputs, notice=tab.notice, queue=True)
    connect(shared, tab.view.act, act, inputs=[tab.page], outputs=outputs, notice=tab.notice, event=True)
    rows.wire(tab.pairs, shared, tab.notice, lambda session, values: rows.newest(session, "dialogue"), set(), sample, filled)


def sample_cast(session: Session) -> dict[str, str]:
    """The sample story's characters and main role, as the form's fields."""
    about = documents.sample_facts(f"story.{session.language}.md")
    lines = [f"{c['name']}: {', '.join(c.get('aliases') or [])}".rstrip(": ") for c in about.get("characters") or []]
    return {"characters": "\n".join(lines), "target": str(about.get("target") or "")}


def _cast(session: Session, chosen: list[str]) -> list[str]:
    if not chosen:
        raise InputError("No document is chosen.", "Add a document or choose one from the list, then press Find characters.")
    text = "\n".join(documents.text(session.workspace, documents.get(session.workspace, ref)) for ref in chosen)
    found = find_characters(text)
    if not found:
        raise InputError("No speaker was found in this text.", "Type the names yourself, one person a line.")
    return [f"{person.name}:" if not getattr(person, "aliases", None) else f"{person.name}: {', '.join(person.aliases)}" for person in found[:12]]


def poll_inputs(tab: DialogueTab) -> set[Any]:
    """What the timer needs to know of the page."""
    return {tab.page, tab.pairs.page}


def views(tab: DialogueTab, session: Session, values: Values) -> dict[Any, Lazy]:
    """What the tab shows now."""
    sets = reading.utterance_sets(session.workspace)
    chosen = sets[0] if sets else None
    page = values.get(tab.page) or FIRST
    mark = (session.language, session.workspace.path, chosen and chosen["id"], chosen and chosen["utterances"], repr(page))
    pair_set = rows.newest(session, "dialogue")
    pairs = rows.lazy(tab.pairs, session, pair_set, values.get(tab.pairs.page) or rows.FIRST)
    count = session.workspace.store.value("SELECT count(*) FROM rows WHERE set_id = ?", (pair_set,)) if pair_set else 0
    told = session.word("dialogue.onward", n=f"{count:,}")
    return {
        tab.view: Lazy(mark, lambda: _payload(session, chosen, page)),
        tab.pairs.view: pairs,
        tab.panel.view: job_panel.lazy(session, tab.panel),
        tab.onward: Lazy((session.language, count), lambda: gr.update(value=told, visible=count > 0)),
    }


def lists(session: Session) -> dict[str, Choices]:
    """The lists that forms offer from this tab."""
    return {"documents": adding.listed(session)}


def _payload(session: Session, chosen: dict[str, Any] | None, page: dict[str, Any]) -> str:
    if chosen is None:
        return payload({"total": 0, "empty": session.words("dialogue.empty")})
    workspace, set_id = session.workspace, chosen["id"]
    wanted = page.get("speaker") or ""
    speaker = None if not wanted else "" if wanted == UNKNOWN else wanted
    found = reading.page(workspace, set_id, page["offset"], PAGE, speaker=speaker)
    opened = page.get("open")
    if opened is None and found:
        opened = found[0]["utterance_id"]
    return payload({
        "key": f"{set_id}-{page['offset']}-{wanted}", "all": chosen["utterances"], "total": reading.count(workspace, set_id, speaker),
        "offset": page["offset"], "limit": PAGE, "speaker": wanted, "speakers": [[s or UNKNOWN, n] for s, n in reading.speakers(workspace, set_id)],
        "rows": [_line(u) for u in found], "open": opened, "passage": _passage(session, set_id, opened),
        "lang": "zh" if any("\u4e00" <= c <= "\u9fff" for u in found[:10] for c in u["text"]) else "en",
        "words": session.words("dialogue.view"), "empty": session.words("dialogue.empty"),
    })


def _passage(session: Session, set_id: str, opened: int | None) -> dict[str, Any] | None:
    if opened is None:
        return None
    passage = reading.passage(session.workspace, set_id, opened, chars=2400)
    return {"text": passage["text"], "offset": passage["offset"], "utterances": [_line(u) for u in passage["utterances"]]}


def _line(found: dict[str, Any]) -> dict[str, Any]:
    """An utterance as the view's script wants it."""
    kept = {key: found[key] for key in ("text", "start", "end", "confidence", "method")}
    return kept | {"id": found["utterance_id"], "speaker": found["speaker"] or UNKNOWN}
