"""What the whole window can choose from: models, adapters for the chat, starts of a training."""

from collections import Counter

from studio import models as known
from studio import training
from tabs.kit import model_fit
from tabs.kit.forms import Choices
from tabs.kit.session import Session


def models(session: Session) -> Choices:
    """The models to choose from: those on this machine first, then what runs of the workspace left
    as models of their own.
    """
    own = [
        (session.word("top.own_model", name=label), name)
        for label, name in _named(training.models(session.workspace))
    ]
    found = [(_label(session, entry), entry.reference, entry.ready) for entry in known.available()]
    here, far = ([one[:2] for one in found if one[2] is ready] for ready in (True, False))
    return [*here, *own, *far]


def reward_models(session: Session) -> Choices:
    """The reward models that were trained in the workspace, after "none"."""
    return [
        (session.word("top.no_reward_model"), ""),
        *_named(training.reward_models(session.workspace)),
    ]


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
    """(label, name) of the whole adapters."""
    return _named(training.adapters(session.workspace))


def _named(found: list[training.Trained]) -> Choices:
    """(label, name) of what runs left; runs of one name are told apart by their ids."""
    titled = Counter(title for title in {a.run_id: a.title for a in found}.values() if title)
    return [(f"{a.label} ({a.run_id})" if titled[a.title] > 1 else a.label, a.name) for a in found]


def _label(session: Session, entry: known.ModelEntry) -> str:
    """A model's name with whether it is on this machine, and whether it fits it."""
    ready = session.word("top.ready") if entry.ready else ""
    return " · ".join(filter(None, (entry.label, ready, model_fit.badge(session, entry))))
