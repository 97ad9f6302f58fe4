"""What can be said of a dataset job, or of a job that reads a dataset, before it is begun: from the
store and the registry alone.
"""

from studio.datasets import naming, registry
from studio.errors import InputError, WorkspaceError
from studio.store import rows, sets
from studio.workspace import Workspace


def require_rows(workspace: Workspace, sources: list[str], field: str = "sources") -> None:
    """Raise InputError for a source that is not there, or holds no row that was not rejected, or
    for mixed kinds.

    field: the spec's field that names the sources.
    """
    kinds: set[str] = set()
    for source in sources:
        kept = sets.get(workspace.store, source)
        if kept is None:
            try:
                kinds.add("ranking" if registry.find(workspace, source).ranking else "sft")
            except (InputError, WorkspaceError) as error:
                raise error.about("", field) from error.__cause__
            continue
        if not rows.any_usable(workspace.store, source):
            raise InputError(
                "There is no row to use in {sources} ({reason}).",
                "Choose other sources, or accept some rows first.",
                fields=(field,),
                sources=kept.name,
                reason="they are empty",
            )
        kinds.add(str(kept.meta.get("format") or "sft"))
    if "ranking" in kinds and len(kinds) > 1:
        raise InputError(
            "The sources mix rows of different kinds: {kinds}.",
            "Build one dataset of each kind.",
            fields=(field,),
            kinds=", ".join(sorted(kinds)),
        )


def require_single_answers(workspace: Workspace, source: str) -> None:
    """Raise InputError for a set of pairs where one answer a row is needed."""
    kept = sets.get(workspace.store, source)
    ranking = (
        kept.meta.get("format") == "ranking" if kept else registry.find(workspace, source).ranking
    )
    if ranking:
        raise InputError(
            "The dataset {name} has no rows with a question and an answer.",
            "Choose another dataset.",
            fields=("dataset",),
            name=kept.name if kept else source,
        )


def require_other_name(
    workspace: Workspace, name: str, sources: list[str], parts: tuple[str, ...]
) -> None:
    """Raise InputError where a dataset, or a part held out of it, would be built over one of its
    own sources: a kill in between would lose rows.
    """
    if {naming.fold(name + ending) for ending in ("", *parts)} & set(map(naming.fold, sources)):
        raise InputError(
            "The dataset {name} is one of the sources, so the result cannot be called so.",
            "Choose another name, for example {free}.",
            fields=("name",),
            name=name,
            free=naming.free_name(workspace, name),
        )
