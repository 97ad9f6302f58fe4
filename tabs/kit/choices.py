"""What the whole window can choose from: models, adapters for the chat, starts of a training."""

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
        (session.word("top.with_adapter", name=a.name), a.name) for a in trained(session.workspace)
    ]


def starts(session: Session) -> Choices:
    """What a training can start from: the base model, or one of the same adapters."""
    return [(session.word("top.from_base"), "")] + [
        (a.name, a.name) for a in trained(session.workspace)
    ]


def _label(session: Session, entry: known.ModelEntry) -> str:
    """A model's name with whether it is on this machine."""
    return f"{entry.label} · {session.word('top.ready')}" if entry.ready else entry.label
