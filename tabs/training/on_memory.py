"""What a training is for, and on which memory: the two choices that fill its form together."""

from collections.abc import Mapping

import gradio as gr

from studio import presets
from studio.models.machine import machine
from studio.training import preset_pairs
from studio.training.preset_pairs import AUTO, TASKS
from tabs.kit import inspector
from tabs.kit.forms import Choices
from tabs.kit.language import Translated, reason, word
from tabs.kit.preset_partner import Filled, Partner
from tabs.kit.session import Session


def build(translated: Translated) -> Partner:
    """The memory's dropdown; this machine's is chosen by itself."""
    choice = gr.Dropdown(
        _choices("en"),
        value=AUTO,
        label="memory",
        interactive=True,
        elem_id="training-memory-preset",
        elem_classes=inspector.LINE,
    )
    translated.add(
        choice,
        lambda language: {
            "label": word(language, "memories.label"),
            "info": word(language, "memories.help"),
            "choices": _choices(language),
        },
    )
    return Partner(choice, _joins, _read)


def _choices(language: str) -> Choices:
    found = preset_pairs.memory_of(machine())
    here = word(language, "memories.here", name=word(language, f"memories.names.{found}"))
    listed = [(word(language, f"memories.names.{name}"), name) for name in preset_pairs.memories()]
    return [(here, AUTO), *listed]


def _joins(session: Session, name: str) -> bool:
    return name in preset_pairs.tasks() and name not in presets.own(TASKS, session.workspace)


def _read(session: Session, name: str, memory: str) -> Filled:
    """A task on the memory; a preset that names its model, or one of the workspace's own, as it is.
    Each setting has its reason where the preset gives one. Raises InputError.
    """
    memory = memory or AUTO
    if name in presets.own(TASKS, session.workspace):
        return Filled(name, presets.load(TASKS, name, session.workspace))
    called = session.word(f"presets.names.{TASKS}.{name}") if name else ""
    if name and not _joins(session, name):
        found = presets.load(TASKS, name)
        told = presets.comments(TASKS, name)
        return Filled(
            called, found, _told(session, {key: told[key] for key in found if key != "kind"})
        )
    pair = preset_pairs.paired(name, memory)
    on = preset_pairs.memory_of(machine()) if memory == AUTO else memory
    place = session.word(f"memories.names.{on}")
    title = session.word("memories.joined", task=called, memory=place) if name else place
    return Filled(title, pair.values, _told(session, pair.why))


def _told(session: Session, why: Mapping[str, object]) -> dict[str, str]:
    """The reasons in the page's language."""
    return {name: reason(session.language, str(one)) for name, one in why.items()}
