"""What the whole window can choose from: models, adapters for the chat, starts of a training."""

from collections import Counter

from studio import models as known
from studio.training.runs import adapters as trained
from tabs.kit.forms import Choices
from tabs.kit.session import Session


def models(session: Session) -> Choices:
    """The models to choose from: those on this machine first."""
    return [(_label(session, entry), entry.reference) for entry in known.available()]


def adapters(session: Session) -> Choices:
    """What the chat can talk to beside the base: the workspace's complete adapters, newest first,
    after "none".
    """
    return [(session.word("top.no_adapter"), "")] + [
        (session.word("top.with_adapter", name=label), name) for label, name in _trained(session)
    ]


def starts(session: Session) -> Choices:
    """What a training can start from: the base model, or one of the same adapters."""
    return [
        (session.word("top.from_base"), ""),
        *_trained(session),
    ]


def _trained(session: Session) -> Choices:
    """(label, name) of the whole adapters; runs of one name are told apart by their ids."""
    found = trained(session.workspace)
    runs = Counter(title for title in {a.run_id: a.title for a in found}.values() if title)
    return [(f"{a.label} ({a.run_id})" if runs[a.title] > 1 else a.label, a.name) for a in found]


def _label(session: Session, entry: known.ModelEntry) -> str:
    """A model's name with whether it is on this machine."""
    return f"{entry.label} · {session.word('top.ready')}" if entry.ready else entry.label
