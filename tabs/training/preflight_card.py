"""What a training will take, above its curve: estimated while the form changes, then measured.

The estimate follows from the spec and the model's config.json; tokens, time and labels come from
the job `preflight`, and stand as long as the settings that they hang on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio import jobs
from studio.errors import InputError, SpecError, StudioError
from studio.jobs import records
from studio.jobs.records import JobRecord
from studio.training.plan import Plan, plan
from studio.training.preflight import Device, Outlook, PreflightJob, device, outlook, remedies
from studio.training.preflight.outlook import fault
from studio.training.spec import TrainJob
from tabs.kit import job_status
from tabs.kit.forms import Form
from tabs.kit.language import Translated, choice_label, field_label, sentences
from tabs.kit.lazy import Lazy
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect
from tabs.views import payload, view

# Settings that a count of tokens hangs on; with these the same it stands, whatever else changes.
COUNTED_BY = (
    "model_name_or_path",
    "stage",
    "dataset",
    "eval_dataset",
    "cutoff_len",
    "val_size",
    "max_samples",
    "mix_strategy",
    "interleave_probs",
    "packing",
    "train_on_prompt",
    "mask_history",
    "per_device_train_batch_size",
    "seed",
)
# What a remedy may change; the others of the form are a person's.
REMEDIED = (
    "gradient_checkpointing",
    "per_device_train_batch_size",
    "gradient_accumulation_steps",
    "optim",
    "finetuning_type",
    "quantization_bit",
    "cutoff_len",
)
NAMED_OTHERWISE = ("name", "passed_over")  # fields that change nothing of what is computed


@dataclass(frozen=True)
class PreflightCard:
    """The view and the button; given: the spec's fields that the top bar sets."""

    view: gr.HTML
    check: gr.Button
    form: Form[TrainJob]
    shared: Shared
    given: Callable[[Shared, Values], dict[str, Any]]

    @property
    def bar(self) -> dict[str, Any]:
        """Field → component of the top bar."""
        return {
            "finetuning_type": self.shared.finetuning_type,
            "quantization_bit": self.shared.quantization,
        }

    @property
    def inputs(self) -> set[Any]:
        """What the card hangs on, on the page."""
        return self.form.inputs | set(self.shared.bar)

    def spec(self, values: Values) -> TrainJob:
        """The training as the form has it. Raises SpecError."""
        return self.form.read(values, **self.given(self.shared, values))


def button(translated: Translated) -> gr.Button:
    """The button beside Start."""
    made = gr.Button("Check first", size="sm", elem_id="train-check")
    translated.label(made, "preflight.check", "value")
    return made


def shown() -> gr.HTML:
    """The card, in the current Gradio context."""
    return view("preflight", elem_id="train-preflight")


def build(
    card: gr.HTML,
    check: gr.Button,
    form: Form[TrainJob],
    shared: Shared,
    given: Callable[[Shared, Values], dict[str, Any]],
) -> PreflightCard:
    """The card with its button, on the form."""
    return PreflightCard(card, check, form, shared, given)


def wire(card: PreflightCard, notice: Any) -> None:
    """The check, and the remedies."""

    def check(session: Session, values: Values) -> Values:
        spec = card.spec(values)
        jobs.start(session.workspace, PreflightJob.read(spec.plain()))
        return {card.view: _view(card, session, values).draw()} | job_status.show(
            card.shared, session
        )

    def act(session: Session, values: Values, data: dict[str, Any]) -> Values:
        changes = data.get("changes")
        if not isinstance(changes, dict) or not set(changes) <= set(REMEDIED):
            raise InputError(
                "The page sent something that cannot be used.", "Reload the page, then try again."
            )
        changed = TrainJob.read(card.spec(values).plain() | changes)
        told = {name: getattr(changed, name) for name in changes}
        updates = card.form.fill({n: v for n, v in told.items() if n not in card.bar})
        updates |= {card.bar[n]: gr.update(value=v) for n, v in told.items() if n in card.bar}
        return updates | {card.view: _of(card, session, changed).draw()}

    outputs = [card.view, card.shared.status]
    connect(
        card.shared, card.check.click, check, inputs=card.inputs, outputs=outputs, notice=notice
    )
    connect(
        card.shared,
        card.view.act,
        act,
        inputs=card.inputs,
        outputs=[card.view, *card.form.inputs, *card.bar.values()],
        notice=notice,
        event=True,
    )


def views(card: PreflightCard, session: Session, values: Values) -> dict[Any, Lazy]:
    """The card, while a training goes on too: the next one may be on its way into the queue."""
    return {card.view: _view(card, session, values)}


def _view(card: PreflightCard, session: Session, values: Values) -> Lazy:
    try:
        return _of(card, session, card.spec(values))
    except (SpecError, KeyError):  # the button says what is missing
        return Lazy((session.workspace.path, "incomplete"), lambda: payload({}))


def _of(card: PreflightCard, session: Session, spec: TrainJob) -> Lazy:
    checks = records.recent(session.workspace, "preflight", 20)
    newest = checks[0] if checks else None
    going = newest if newest is not None and newest.active else None
    mark = (
        session.language,
        session.workspace.path,
        spec.fingerprint(),
        newest and (newest.id, newest.state, going and repr(going.progress)),
    )
    return Lazy(mark, lambda: payload(_content(session, spec, checks, going)))


def _content(
    session: Session, spec: TrainJob, checks: list[JobRecord], going: JobRecord | None
) -> dict[str, Any]:
    """What the page draws; a fault of the model or the data in a sentence."""
    there = device()
    done = [one.result for one in checks if one.state == "done" and one.result.get("steps")]
    same = {id(one.result): _same(one.spec, spec) for one in checks}
    found = next((result for result in done if same[id(result)]), None)
    measured = next((result for result in done if same[id(result)] == "all"), None)
    given: dict[str, Any] = {}
    if found:
        given = {"heaviest": (found["heaviest"], found["learnt_heaviest"])}
        given |= {"compute": found["compute"]} if measured else {}
    try:
        planned = plan(spec, session.workspace, quick=True)
        steps = measured["steps"] if measured else planned.steps if planned else 0
        seen = outlook(spec, session.workspace, there, planned=steps or 1, **given)
    except StudioError as error:
        return {"fault": " ".join(sentences(session.language, error))}
    needed = _needed(seen, measured)
    why = fault(needed, there.free, seen.disk, seen.disk_free) if not seen.guessed else ""
    why = why or ("guess" if needed > there.free else "")
    helps = []
    if why in ("memory", "guess") and seen.shape is not None:
        helps = remedies(spec, seen.shape, there, **given)
    return {
        "figures": _figures(session, seen, found, measured, planned, steps),
        "bars": _bars(session, seen, there),
        "memory": _memory(session, seen, measured, there),
        "short": _short(session, seen, measured, there),
        "limit": there.free / seen.memory.total if seen.memory else 1.0,
        "state": why,
        "refused": session.word(f"preflight.refused.{why}") if why else "",
        "remedies": [
            {
                "label": _change(session, one.changes),
                "size": size(one.total),
                "fits": one.fits,
                "changes": one.changes,
            }
            for one in helps
        ],
        "labels": measured["labels"] if measured else found["labels"] if found else [],
        "going": _going(session, going),
        "words": session.words("preflight.view"),
    }


def _going(session: Session, going: JobRecord | None) -> str:
    """How far a check is; "" of none."""
    if going is None:
        return ""
    done, total = (going.progress.get(name) or 0 for name in ("done", "total"))
    return session.word("preflight.going", done=f"{done:.0f}", total=f"{total:.0f}")


def _same(checked: dict[str, Any], spec: TrainJob) -> str:
    """What of a check stands for the spec: "all", "counted", or ""."""
    now = spec.plain()
    left_out = ("kind", *NAMED_OTHERWISE)
    if all(checked.get(name) == value for name, value in now.items() if name not in left_out):
        return "all"
    return "counted" if all(checked.get(n) == now[n] for n in COUNTED_BY) else ""


def _needed(seen: Outlook, measured: dict[str, Any] | None) -> int:
    if measured and measured["measured"]:
        return int(measured["measured"])
    return seen.memory.total if seen.memory else 0


def _figures(
    session: Session,
    seen: Outlook,
    found: dict[str, Any] | None,
    measured: dict[str, Any] | None,
    planned: Plan | None,
    steps: int,
) -> list[list[str]]:
    """[name, value] of what is known."""
    figures: dict[str, str] = {}
    if seen.shape is not None:
        share = 100 * seen.trained / max(1, seen.parameters)
        figures["parameters"] = count(seen.parameters)
        figures["trained"] = f"{count(seen.trained)} ({share:.3g} %)"
    if found:
        padding = 100 * (1 - found["tokens"] / max(1, found["padded"]))
        figures["tokens"] = session.word(
            "preflight.tokens",
            n=count(found["tokens"]),
            learnt=count(found["learnt"]),
            padding=f"{padding:.0f}",
        )
        figures["longest"] = f"{found['longest']:,}"
    elif planned is not None:
        figures["rows"] = f"{planned.rows:,}"
    if steps:
        figures["steps"] = f"{steps:,}"
    if measured and measured["seconds"]:
        low, high = (measured[f"seconds_{name}"] for name in ("low", "high"))
        figures["time"] = session.word(
            "preflight.between",
            about=job_status.human(session, measured["seconds"]),
            low=job_status.human(session, low),
            high=job_status.human(session, high),
        )
    disk = measured["disk"] if measured else seen.disk
    if disk:
        figures["disk"] = session.word(
            "preflight.of_free", need=size(disk), free=size(seen.disk_free)
        )
    return [[session.word(f"preflight.names.{name}"), text] for name, text in figures.items()]


def _bars(session: Session, seen: Outlook, there: Device) -> list[dict[str, Any]]:
    """The parts as shares of what is free."""
    if seen.memory is None:
        return []
    parts = seen.memory.parts
    together = sum(parts.values()) / max(1, seen.memory.total)  # above 1: see Memory.total
    whole = max(there.free, seen.memory.total) * together
    return [
        {
            "part": name,
            "label": session.word(f"preflight.parts.{name}"),
            "size": size(value),
            "share": value / whole,
        }
        for name, value in parts.items()
        if value
    ]


def _memory(session: Session, seen: Outlook, measured: dict[str, Any] | None, there: Device) -> str:
    """The sum in words: measured, estimated, or an upper bound."""
    if seen.memory is None:
        return session.word("preflight.unknown_model")
    free = session.word("preflight.free", free=size(there.free), device=there.name)
    if measured and measured["measured"]:
        told = session.word(
            "preflight.measured",
            n=size(measured["measured"]),
            estimate=size(measured["estimate"]),
        )
    else:
        key = "preflight.at_most" if seen.guessed else "preflight.estimated"
        told = session.word(key, n=size(seen.memory.total), longest=f"{seen.longest:,}")
    return f"{told} {free}"


def _short(session: Session, seen: Outlook, measured: dict[str, Any] | None, there: Device) -> str:
    """The sum against what is free, in a few words."""
    if seen.memory is None:
        return session.word("preflight.unknown_model")
    sign = "" if measured and measured["measured"] else "≤ " if seen.guessed else "≈ "
    needed = size(_needed(seen, measured))
    return sign + session.word("preflight.of_free", need=needed, free=size(there.free))


def _change(session: Session, changes: dict[str, Any]) -> str:
    """A remedy in the words of the form: "Batch size 1, Gradient checkpointing on"."""

    def shown(name: str, value: Any) -> str:
        if isinstance(value, bool):
            return session.word("preflight.on" if value else "preflight.off")
        if isinstance(value, int):
            return f"{value:,}"
        return choice_label(session.language, "train", name, str(value))

    return session.word("punctuation.comma").join(
        f"{field_label(session.language, 'train', name)} {shown(name, value)}"
        for name, value in changes.items()
    )


def size(value: float) -> str:
    """Bytes as people read them."""
    return f"{value / 2**30:,.1f} GB" if value >= 2**30 else f"{value / 2**20:,.0f} MB"


def count(value: float) -> str:
    """134.5 M, 27.2 k, 480."""
    for unit, name in ((10**9, "B"), (10**6, "M"), (10**3, "k")):
        if value >= unit:
            return f"{value / unit:,.1f} {name}"
    return f"{value:,.0f}"
