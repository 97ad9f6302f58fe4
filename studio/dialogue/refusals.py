"""What can be said of jobs on lines before they are begun: from the store alone."""

from studio.dialogue.characters.text_form import parse_characters
from studio.dialogue.review.queries import UtteranceSet, utterance_set
from studio.errors import InputError, JobError
from studio.store import Store, utterance_summary, utterances
from studio.workspace import Workspace


def require_lines(workspace: Workspace, wanted: str) -> UtteranceSet:
    """The set of lines.

    Raises InputError where there is none or it is empty, JobError while it is being made.
    """
    try:
        found = utterance_set(workspace, wanted)
    except (InputError, JobError) as error:
        raise error.about("", "utterances") from error.__cause__
    if not utterances.exists(workspace.store, found.id):
        raise InputError(
            "There are no lines in {name}.",
            "Choose another set.",
            fields=("utterances",),
            name=found.name,
        )
    return found


def require_role(workspace: Workspace, found: UtteranceSet, target: str) -> None:
    """Raise InputError where no role is named, or one of them says nothing in the set."""
    from studio.dialogue.pairs.roles import targets_of

    targets = targets_of(
        target or found.meta.get("target") or "", parse_characters(found.characters)
    )
    if not targets:
        raise InputError(
            "No role is named.", "Say whose lines are to be learned.", fields=("target",)
        )
    require_heard(workspace.store, found.id, targets)


def require_heard(store: Store, utterance_set: str, targets: list[str]) -> None:
    """Raise InputError for a role without a line, before a set of pairs is begun that would stay
    empty.
    """
    for target in targets:
        if not utterances.exists(store, utterance_set, target):
            raise InputError(
                "{name} says nothing in these documents.",
                "Check the name, or give {name}'s other names under characters.",
                fields=("target",),
                name=target,
            )


def require_decided(workspace: Workspace, found: UtteranceSet) -> int:
    """How many lines a person or a model has decided. Raises InputError where there is none."""
    decided = utterance_summary.count_decided(workspace.store, found.id)
    if not decided:
        raise InputError(
            "Nothing is decided in this set yet.",
            "Say of some doubtful lines who speaks, then run it again.",
        )
    return decided
