"""Spec fields ⇄ components, once for all tabs: the spec's field table makes the form, reads it
back, and fills it from a preset. Nothing here knows a field by name or by place."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import gradio as gr

from studio.errors import SpecError, StudioError
from studio.spec import FieldRow, Spec, several
from tabs.kit import inspector
from tabs.kit.inspector import shown
from tabs.kit.language import Translated, by_field, field_label, word, words
from tabs.views import payload, view

S = TypeVar("S", bound=Spec)
Choices = list[tuple[str, str]]
# Fields of a training that stand in the top bar, by their DOM ids there.
TOP_BAR = {
    "model_name_or_path": "model",
    "hub_name": "hub",
    "finetuning_type": "finetuning-type",
    "quantization_bit": "quantization",
    "adapter_name_or_path": "adapter",
}


@dataclass(frozen=True)
class Form(Generic[S]):
    """The components of one spec's fields, by field name, and the folds of its groups, by group."""

    spec: type[S]
    fields: dict[str, Any]
    rows: dict[str, FieldRow]
    folds: dict[str, gr.Accordion] = field(default_factory=dict)

    @property
    def inputs(self) -> set[Any]:
        """All components, as a handler's input set."""
        return set(self.fields.values())

    @property
    def selector(self) -> str:
        """The fields on the page as a CSS selector, with the groups in which folded ones stand."""
        ids = [f"#{component.elem_id}" for component in self.fields.values()]
        return ", ".join([*ids, f"[id^='{self.spec.KIND}-fold-']"])

    def read(self, values: dict[Any, Any], **more: Any) -> S:
        """The checked spec from a handler's values; `more` sets fields that have no component.

        Raises SpecError.
        """
        data = {
            name: _plain(self.rows[name], values.get(component))
            for name, component in self.fields.items()
        }
        return self.spec.read(
            {name: value for name, value in data.items() if value is not ...} | more
        )

    def at_hand(self, values: dict[Any, Any]) -> dict[str, Any]:
        """What the fields of the work at hand hold, as plain data: those that no preset sets."""
        held = {
            name: _plain(self.rows[name], values.get(component))
            for name, component in self.fields.items()
            if not self.rows[name].preset
        }
        return {name: value for name, value in held.items() if value not in (..., None, "", [])}

    def written(self, values: dict[Any, Any], **more: Any) -> tuple[S, list[str]]:
        """The spec as `read` gives it, also where something that it needs is not chosen yet, and
        the names of those fields, which hold examples. Raises SpecError.
        """
        try:
            return self.read(values, **more), []
        except SpecError:
            given = self.at_hand(values) | more
            stand_ins = self.spec.stand_ins(given)
            return self.read(values, **more | stand_ins), list(stand_ins)

    def fill(self, data: dict[str, Any]) -> dict[Any, Any]:
        """component → update from plain data, under former names of fields too; fields that `data`
        lacks keep what they have.
        """
        return {
            self.fields[name]: gr.update(value=shown(self.rows[name], value))
            for name, value in self.spec.present_names(data).items()
            if name in self.fields
        }

    def preset(self, data: dict[str, Any]) -> dict[Any, Any]:
        """component → update from a preset, which holds only what differs from the defaults; the
        fields of the work at hand stay unless it names them.
        """
        settings = {name: row.default for name, row in self.rows.items() if row.preset}
        return self.fill(settings | self.spec.present_names(data))

    def changed(self, updates: dict[Any, Any], values: dict[Any, Any]) -> list[str]:
        """The names of the fields to which `updates` (of `fill` or `preset`) give another value
        than the one in `values`.
        """
        return [
            name
            for name, component in self.fields.items()
            if component in updates
            and not _same(updates[component].get("value"), values.get(component))
        ]

    def choices(self, lists: dict[str, Choices], values: dict[Any, Any]) -> dict[Any, Any]:
        """component → new choices for the fields whose list only the workspace knows.

        A choice that has vanished, or was never made, becomes the first (newest) one; one that was
        typed where typing is allowed stands. What stands is not sent again: while the answer is
        under way a person may choose another.
        """
        changed = {}
        for name, component in self.fields.items():
            row = self.rows[name]
            if row.source not in lists:
                continue
            known, now = lists[row.source], values.get(component)
            kept = _kept(
                row, now, known, typed=bool(getattr(component, "allow_custom_value", False))
            )
            changed[component] = (
                gr.update(choices=known)
                if kept == (now or ([] if row.type == "list" or type(kept) is list else now))
                else gr.update(choices=known, value=kept)
            )
        return changed


def marks(language: str, error: StudioError) -> dict[str, str]:
    """The DOM ids under which the fields that an error is about may stand, with what is wrong with
    each; the notice marks those that are there.
    """
    forms = {
        "pairs": ("pairs", "dialogue"),
        "propagate": ("dialogue",),
        "preflight": ("train",),  # tried with the fields of the training itself
    }.get(error.spec_kind, (error.spec_kind,))
    bar = TOP_BAR if error.spec_kind in ("train", "preflight") else {}
    return {
        place: told
        for name, told in by_field(language, error).items()
        if name in error.fields
        for place in (*(f"{form}-{name}" for form in forms), bar.get(name))
        if place
    }


def build(
    spec: type[S],
    translated: Translated,
    *,
    without: Iterable[str] = (),
    custom: Iterable[str] = (),
    unfolded: Iterable[str] = (),
    following: Iterable[str] = (),
) -> Form[S]:
    """Lay out the fields of `spec` in the current Gradio context: the main ones open, the others
    folded by group.

    without: fields that another part of the window sets. custom: list fields that also take typed
    values.
    unfolded: groups that stand open. following: groups that are seen only while a field of theirs
    counts (see `Spec.without_effect`).
    """
    rows = {
        row.name: row
        for row in spec.rows()
        if row.group != "hidden" and row.name not in set(without)
    }
    fields: dict[str, Any] = {}
    folds: dict[str, gr.Accordion] = {}
    groups = list(dict.fromkeys(row.group for row in rows.values()))
    for group in sorted(groups, key=lambda name: name != "main"):
        mine = [row for row in rows.values() if row.group == group]
        if group == "main":
            fields |= {
                row.name: inspector.component(
                    spec.KIND, row, translated, custom=row.name in set(custom)
                )
                for row in mine
            }
            continue
        with gr.Accordion(
            word("en", f"groups.{group}"),
            open=group in set(unfolded),
            elem_id=f"{spec.KIND}-fold-{group}",
        ) as fold:
            fields |= {
                row.name: inspector.component(
                    spec.KIND, row, translated, custom=row.name in set(custom)
                )
                for row in mine
            }
        folds[group] = translated.label(fold, f"groups.{group}")
    _rules(spec, rows, translated, [group for group in following if group in groups])
    return Form(spec, fields, rows, folds)


def _rules(
    spec: type[S], rows: dict[str, FieldRow], translated: Translated, following: list[str]
) -> None:
    """Let the page mark those fields that do not count as the form stands (see
    `Spec.without_effect`), and hide the groups of `following` in which none counts.
    """
    found: list[tuple[str, str, list[Any] | None]] = []
    places = TOP_BAR if spec.KIND == "train" else {}
    places = {name: place for name, place in places.items() if name not in rows}
    folds = {
        f"{spec.KIND}-fold-{group}": [row.name for row in rows.values() if row.group == group]
        for group in following
    }
    for name, row in rows.items():
        if row.overruled_by in rows:
            found.append((name, row.overruled_by, None))
        deciding = {by: among for by, among in row.counts_with.items() if by in {*rows, *places}}
        found += [(name, by, list(among)) for by, among in deciding.items()]

    def say(language: str) -> dict[str, Any]:
        labels = {by: field_label(language, spec.KIND, by) for _, by, _ in found}
        content = {"kind": spec.KIND, "rules": found, "labels": labels, "folds": folds}
        content |= {"places": places}
        return {"value": payload(content | {"words": words(language, "rules")})}

    if found:
        translated.add(view("rules", elem_id=f"{spec.KIND}-rules"), say)


def _plain(row: FieldRow, value: Any) -> Any:
    """What a component holds, as the spec wants it; `...` leaves the field at its default."""
    if row.type == "list" and isinstance(value, str):
        return [line.strip() for line in value.splitlines() if line.strip()]
    if row.type == "list":
        return list(value or [])
    if row.widget == inspector.SEVERAL:
        return ",".join(_listed(value))
    if value is None and row.type == "str":
        return ""
    if value is None and row.optional:
        return None
    if value in (None, "") and row.type == "choice":
        return ...
    return value.strip() if isinstance(value, str) and row.lines == 1 else value


def _listed(value: Any) -> list[str]:
    """What a component of several things holds, which was one of a single thing before."""
    return several(value) if isinstance(value, str) else [str(item) for item in value or []]


def _same(one: Any, other: Any) -> bool:
    """Whether two values of a component are one: nothing is nothing however it is written, and a
    number may stand as text.
    """
    empty: tuple[Any, ...] = (None, "", [])
    if one in empty or other in empty:
        return one in empty and other in empty
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) != isinstance(other, int | float):
        return str(one) == str(other)
    return bool(one == other)


def _kept(row: FieldRow, value: Any, known: Choices, *, typed: bool) -> Any:
    values = [choice[1] for choice in known]
    if row.widget == inspector.SEVERAL:
        kept = [item for item in _listed(value) if item in values]
        return kept or (values[:1] if row.required else [])
    if row.type == "list":
        kept = [item for item in value or [] if item in values or typed]
        return kept or values[:1]
    if value in values or (typed and isinstance(value, str) and value.strip()):
        return value
    if row.optional or row.default == "" and row.widget == "optional":
        return "" if "" in values else None
    return values[0] if values else None
