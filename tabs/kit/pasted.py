"""YAML of a job, as it was pasted: what it makes of a form and of the fields that stand elsewhere
in the window. All of it is read and checked before anything is filled in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from studio import presets
from studio.errors import InputError, SpecError
from studio.spec import Spec, several
from tabs.kit.forms import Choices, Form
from tabs.kit.inspector import SEVERAL
from tabs.kit.language import field_label
from tabs.kit.session import Session, Values


@dataclass(frozen=True)
class Elsewhere:
    """The fields of a form's job that another part of the window sets.

    held: what they hold, from an event's values. components: those of them that can be filled, by
    name, and `tidy` what is to be filled in, where one hangs on another. always: those that YAML
    names even at their defaults. inputs: what `held` reads.
    """

    held: Callable[[Session, Values], dict[str, Any]] = lambda session, values: {}
    components: Mapping[str, Any] = field(default_factory=dict)
    tidy: Callable[[dict[str, Any]], dict[str, Any]] = dict
    always: tuple[str, ...] = ()
    inputs: frozenset[Any] = frozenset()

    def fill(self, spec: type[Spec], data: Mapping[str, Any]) -> Values:
        """component → update from plain data. They belong together: where one of them is named, the
        others go to their defaults; where none is, all keep what they have.
        """
        if not data.keys() & self.components.keys():
            return {}
        whole = {name: data.get(name, spec.row(name).default) for name in self.components}
        return {
            self.components[name]: gr.update(value=value)
            for name, value in self.tidy(whole).items()
        }

    def changed(self, updates: Values, values: Values) -> dict[str, Any]:
        """The fields to which `updates` give another value than `values` do, with that value."""
        return {
            name: updates[component]["value"]
            for name, component in self.components.items()
            if component in updates and updates[component]["value"] != values.get(component)
        }


@dataclass(frozen=True)
class Pasted:
    """What YAML makes of a form. plain: all of the job's fields as plain data.

    passed: keys of other programs that are passed over, with what happens instead. left: fields
    that it names and only another part of the window sets, otherwise than the YAML wants.
    """

    updates: Values
    plain: dict[str, Any]
    passed: dict[str, str]
    left: list[str]


def read(
    text: str,
    form: Form[Any],
    session: Session,
    values: Values,
    elsewhere: Elsewhere,
    choices: Callable[[Session, str], Choices | None],
) -> Pasted:
    """The YAML of a job of the form's kind. What it does not name goes to its default; the work at
    hand (documents, datasets, names) stays.

    choices: what the list of a source holds, None where that is not known. Raises SpecError or
    InputError for what is no such YAML, for a mistake in it, and for what the workspace does not
    have; then nothing is filled.
    """
    data = presets.parse_yaml(text, session.word("presets.pasted"))
    kind = data.pop("kind", form.spec.KIND)
    if kind != form.spec.KIND:
        raise SpecError(
            "This YAML is a job of the kind {kind}; this form makes {wanted}.",
            "Paste it where jobs of its kind are made.",
            kind=kind,
            wanted=form.spec.KIND,
        )
    held = elsewhere.held(session, values)
    now = form.at_hand(values) | held
    named = form.spec.present_names(data)
    if elsewhere.components.keys() & named.keys():  # they belong together
        now = {name: value for name, value in now.items() if name not in elsewhere.components}
    around = {name: value for name, value in now.items() if name not in named}
    around |= form.spec.stand_ins(around | named)
    made = form.spec.read(around | data)
    plain = made.model_dump(mode="json")
    given = {name: plain[name] for name in made.model_fields_set - around.keys()}
    _require_there(form, session, given, choices)
    filled = {name: plain[name] for name, row in form.rows.items() if row.preset or name in given}
    updates = form.fill(filled)
    for name in given.keys() & form.fields.keys():
        offered = choices(session, form.rows[name].source) if form.rows[name].source else None
        if offered is not None:
            updates[form.fields[name]] |= {"choices": offered}
    return Pasted(
        updates | elsewhere.fill(form.spec, given),
        plain,
        form.spec.notes(data),
        [
            name
            for name in given
            if name not in form.fields
            and name != form.spec.NOTED
            and name not in elsewhere.components
            and given[name] != held.get(name, form.spec.row(name).default)
        ],
    )


def _require_there(
    form: Form[Any],
    session: Session,
    given: Mapping[str, Any],
    choices: Callable[[Session, str], Choices | None],
) -> None:
    """Raise InputError for a document, a set or the like that is not in its list."""
    for name, component in form.fields.items():
        source = form.rows[name].source
        wanted = given.get(name)
        if not source or not wanted or component.allow_custom_value:
            continue
        known = {value for _, value in choices(session, source) or []}
        if form.rows[name].widget == SEVERAL:
            wanted = several(wanted)
        for one in wanted if isinstance(wanted, list) else [wanted]:
            if one not in known:
                raise InputError(
                    "{field}: this workspace has no {name}.",
                    "Choose one from the list, or add it first.",
                    field=field_label(session.language, form.spec.KIND, name),
                    name=one,
                ).about(form.spec.KIND, name)
