"""Presets and YAML of a form: choose a preset and see what it changed; read the job that the button
would start as YAML, change it or paste another; keep it as a preset.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio import presets
from studio.errors import StudioError
from studio.spec import FieldRow
from tabs.kit import choices, inspector, notices, pasted
from tabs.kit.forms import Choices, Form
from tabs.kit.job_notes import passed_over
from tabs.kit.language import Translated, choice_label, field_label, find
from tabs.kit.pasted import Elsewhere, Pasted
from tabs.kit.preset_partner import Filled, Partner
from tabs.kit.session import Session, Values
from tabs.kit.tab import Chooser, Window
from tabs.kit.wiring import connect
from tabs.views import payload, view

SHOWN = 8  # fields named in a notice of what has changed
AT_ONCE = 4  # those that stand under a preset's name; the others unfold
WITH_WHY = 2  # the same where each has its reason
NOTHING_FILLED = "Correct the text and apply it again; nothing has been filled in."
LONGEST = 40  # characters of a value told there
NOWHERE = Elsewhere()


@dataclass(frozen=True)
class PresetsBox:
    """The box of one form; `kind` is the folder of presets. said: what the preset has changed."""

    kind: str
    choice: gr.Dropdown
    said: gr.HTML
    fold: gr.Accordion
    yaml: gr.Code
    apply: gr.Button
    name: gr.Textbox
    keep: gr.Button


def build(kind: str, translated: Translated) -> PresetsBox:
    """Lay the box out: the dropdown open, the YAML folded."""
    shipped = _named("en", kind, presets.names(kind))
    choice = gr.Dropdown(
        shipped,
        value=None,
        visible=bool(shipped),
        label="preset",
        interactive=True,
        elem_id=f"{kind}-preset",
        elem_classes=inspector.LINE,
    )
    said = view("changed", elem_id=f"{kind}-changed")
    with gr.Accordion("YAML", open=False, elem_id=f"{kind}-yaml", elem_classes=["yaml"]) as fold:
        code = gr.Code(
            "",
            language="yaml",
            label="YAML",
            interactive=True,
            lines=8,
            max_lines=20,
            wrap_lines=True,
            buttons=["copy"],
        )
        apply = gr.Button("Apply", size="sm", elem_id=f"{kind}-yaml-apply")
        with gr.Row():
            name = gr.Textbox(
                "",
                label="name",
                interactive=True,
                max_lines=1,
                min_width=0,
                elem_classes=inspector.LINE,
            )
            keep = gr.Button("Save", size="sm", min_width=0, elem_id=f"{kind}-preset-keep")
    translated.add(
        choice,
        lambda language: {
            "label": find(language, "presets.choose"),
            "info": find(language, "presets.help"),
            "choices": _named(language, kind, presets.names(kind)),
        },
    )
    # What it says is in one language: another one begins afresh.
    translated.add(said, lambda language: {"value": payload({})})
    translated.label(fold, "presets.yaml")
    translated.label(code, "presets.yaml_help")
    translated.label(apply, "presets.apply", "value")
    translated.label(name, "presets.name")
    translated.label(keep, "presets.save", "value")
    return PresetsBox(kind, choice, said, fold, code, apply, name, keep)


def wire(
    box: PresetsBox,
    form: Form[Any],
    window: Window,
    notice: Any,
    elsewhere: Elsewhere = NOWHERE,
    partner: Partner | None = None,
) -> None:
    """Choosing fills the form and says what changed; unfolding shows its YAML, which can be
    changed, or replaced by another, and applied; saving keeps it in the workspace.
    """
    fill_by(
        box.choice,
        box.kind,
        form,
        window,
        notice,
        said=box.said,
        elsewhere=elsewhere,
        partner=partner,
    )
    _wire_yaml(box, form, window, notice, elsewhere)

    def kept(session: Session, values: Values) -> Values:
        spec, open_fields = form.written(values, **elsewhere.held(session, values))
        path = presets.save(
            box.kind,
            str(values.get(box.name) or ""),
            spec,
            session.workspace,
            also=elsewhere.always,
            without=open_fields,
        )
        known = _named(session.language, box.kind, presets.names(box.kind, session.workspace))
        return {
            box.choice: gr.update(choices=known, value=path.stem, visible=True),
            notice: notices.text(session, session.word("presets.saved", name=path.stem), good=True),
        }

    connect(
        window.shared,
        box.keep.click,
        kept,
        inputs=form.inputs | elsewhere.inputs | {box.name},
        outputs=[box.choice],
        notice=notice,
    )


def _wire_yaml(
    box: PresetsBox, form: Form[Any], window: Window, notice: Any, elsewhere: Elsewhere
) -> None:
    """The job as YAML when its fold is opened, and what is there then put into the form."""
    inputs = form.inputs | elsewhere.inputs

    def shown(session: Session, values: Values) -> Values:
        spec, open_fields = form.written(values, **elsewhere.held(session, values))
        return {
            box.yaml: spec.as_yaml(only_changed=True, also=elsewhere.always, without=open_fields)
        }

    def applied(session: Session, values: Values) -> Values:
        text = str(values.get(box.yaml) or "")
        try:
            found = pasted.read(
                text, form, session, values, elsewhere, lambda *named: _list(window, *named)
            )
        except StudioError as error:
            # The mistake is in the text: the form's own fields are as good as they were.
            error.fields, error.do_template = (), NOTHING_FILLED
            raise
        said = _applied(session, form, elsewhere, found, values)
        return found.updates | {box.choice: None, box.said: payload({}), notice: said}

    connect(
        window.shared,
        box.fold.expand,
        shown,
        inputs=inputs,
        outputs=[box.yaml],
        notice=notice,
    )
    connect(
        window.shared,
        box.apply.click,
        applied,
        inputs=inputs | {box.yaml},
        outputs=[*form.inputs, *elsewhere.components.values(), box.choice, box.said],
        notice=notice,
        fills=form,
    )


def _applied(
    session: Session, form: Form[Any], elsewhere: Elsewhere, found: Pasted, values: Values
) -> str:
    """The notice of YAML that has been applied: what changed, what was passed over or left."""
    outside = elsewhere.changed(found.updates, values)
    names = [*form.changed(found.updates, values), *outside]
    what = _changes(session, form, names, found.plain | outside)
    told = []
    if found.passed:
        told += passed_over(session, [f"{key}: {why}" for key, why in found.passed.items()])
    if found.left:
        labels = [field_label(session.language, form.spec.KIND, name) for name in found.left]
        fields = session.word("punctuation.comma").join(labels)
        told.append(session.word("presets.left", fields=fields))
    head = session.word("presets.applied" if what else "presets.applied_same", n=len(what))
    return notices.text(session, head + _bracketed(session, what), " ".join(told), good=True)


def chooser(box: PresetsBox) -> Chooser:
    """The dropdown with the presets that come with the studio and the workspace's own."""
    return Chooser(box=box.choice, source=_source(box.kind), free=True)


def offers(*kinds: str) -> dict[str, Callable[[Session], Choices]]:
    """What the dropdowns of these kinds of presets offer, by source."""

    def offered(kind: str) -> Callable[[Session], Choices]:
        return lambda session: _named(
            session.language, kind, presets.names(kind, session.workspace)
        )

    return {_source(kind): offered(kind) for kind in kinds}


def _source(kind: str) -> str:
    return f"presets_{kind}"


def fill_by(
    choice: gr.Dropdown,
    kind: str,
    form: Form[Any],
    window: Window,
    notice: Any,
    *,
    fields: Collection[str] | None = None,
    said: Any = None,
    elsewhere: Elsewhere = NOWHERE,
    partner: Partner | None = None,
) -> None:
    """A chosen preset of `kind` fills the form: all of its settings, or only the fields named. What
    it changed stands in `said` where there is such a view, else in the notice; what it changed
    elsewhere in the window is told in the notice too. A partner's choice fills it as well.
    """

    filling = [*form.inputs, *elsewhere.components.values(), choice]

    def read(session: Session, values: Values, name: str) -> Filled:
        if partner is not None:
            return partner.read(session, name, str(values.get(partner.choice) or ""))
        found = presets.load(kind, name, session.workspace)
        return Filled(_named(session.language, kind, [name])[0][0], found)

    def chosen(session: Session, values: Values) -> Values:
        name = str(values.get(choice) or "")
        if not name:
            return {said: payload({})} if said is not None else {}
        return filled(session, values, read(session, values, name))

    def filled(session: Session, values: Values, made: Filled) -> Values:
        return _filled(session, values, made, form, fields, said, notice, elsewhere)

    def joined(session: Session, values: Values) -> Values:
        """The partner was chosen: beside a preset to which it makes none, it stands alone."""
        name = str(values.get(choice) or "")
        if partner is None or partner.joins(session, name):
            return filled(session, values, read(session, values, name))
        return {choice: None} | filled(session, values, read(session, values, ""))

    def wired(listener: Any, handler: Callable[[Session, Values], Values]) -> None:
        connect(
            window.shared,
            listener,
            handler,
            inputs={*filling, *([partner.choice] if partner is not None else [])},
            outputs=[*filling, *([said] if said is not None else [])],
            notice=notice,
            fills=form,
        )

    wired(choice.input, chosen)
    if partner is not None:
        wired(partner.choice.input, joined)


def _filled(
    session: Session,
    values: Values,
    made: Filled,
    form: Form[Any],
    fields: Collection[str] | None,
    said: Any,
    notice: Any,
    elsewhere: Elsewhere,
) -> Values:
    """The updates by which a preset fills the form, with what they have changed."""
    found = form.spec.present_names(made.data)
    if fields is None:
        updates = form.preset(found) | elsewhere.fill(form.spec, found)
    else:
        updates = form.fill({key: value for key, value in found.items() if key in fields})
    plain = form.spec.defaults() | found
    names = form.changed(updates, values)
    what = _changes(session, form, names, plain)
    text = session.word("presets.filled" if what else "presets.same", name=made.name, n=len(what))
    if said is None:
        listed = text + _bracketed(session, what)
        return updates | {notice: notices.text(session, listed, good=True)}
    told = _told(session, form, list(dict.fromkeys([*made.why, *names])), plain, made)
    updates |= {said: payload(told | {"text": text})}
    if outside := elsewhere.changed(updates, values):
        beside = _listed(session, _changes(session, form, outside, outside))
        words = session.word("presets.beside", name=made.name, list=beside)
        updates |= {notice: notices.text(session, words, good=True)}
    return updates


def _told(
    session: Session, form: Form[Any], names: list[str], plain: Mapping[str, Any], made: Filled
) -> dict[str, Any]:
    """The settings as the page lists them: label, value and, where there is one, the reason."""
    changes = [
        (label, value, made.why.get(name, ""))
        for name, (label, value) in zip(names, _changes(session, form, names, plain), strict=True)
    ]
    shown = WITH_WHY if made.why else AT_ONCE
    more = session.word("presets.more", n=len(changes) - shown)
    return {"changes": changes, "shown": shown, "more": more}


def _changes(
    session: Session, form: Form[Any], names: Iterable[str], plain: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """The labels of fields that have changed and what they hold now, as people read it."""
    return [
        (
            field_label(session.language, form.spec.KIND, name),
            _figure(session, form.spec.KIND, form.spec.row(name), plain[name]),
        )
        for name in names
    ]


def _figure(session: Session, kind: str, row: FieldRow, value: Any) -> str:
    """A field's value in a few words."""
    if isinstance(value, bool):
        return session.word("presets.on" if value else "presets.off")
    if value in (None, "", []):
        return session.word("presets.nothing")
    if isinstance(value, list):
        return f"{len(value):,}"
    if isinstance(value, int | float):
        return f"{value:,}" if isinstance(value, int) else f"{value:g}"
    text = choice_label(session.language, kind, row.name, value) if row.choices else str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _listed(session: Session, changes: list[tuple[str, str]]) -> str:
    """The first of the changes, in one line."""
    comma = session.word("punctuation.comma")
    shown = comma.join(f"{label} {value}" for label, value in changes[:SHOWN])
    return shown + ("…" if len(changes) > SHOWN else "")


def _bracketed(session: Session, changes: list[tuple[str, str]]) -> str:
    """The same in brackets behind a sentence; "" where nothing has changed."""
    return session.word("presets.list", list=_listed(session, changes)) if changes else ""


def _list(window: Window, session: Session, source: str) -> Choices | None:
    """What the list of a source holds now; None where models may be named that are in no list."""
    if source == "adapters":
        return choices.starts(session)
    return window.choices(session, source) if source in window.offers() else None


def _named(language: str, kind: str, names: list[str]) -> Choices:
    return [(str(find(language, f"presets.names.{kind}.{name}") or name), name) for name in names]
