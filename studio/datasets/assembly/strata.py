"""By what the rows of a split are divided evenly, and what is never parted."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

from studio import documents
from studio.datasets.assembly.near_duplicates import clusters
from studio.datasets.opened import Dataset
from studio.datasets.row_forms import formats
from studio.datasets.row_forms.formats import Row
from studio.errors import InputError, WorkspaceError
from studio.text.chapters import Chapters
from studio.workspace import Workspace

Origin = dict[str, Any]
BUILT_IN = ("system", "kind", "source", "kto_tag")  # told by the row itself
NONE = ""  # the label of a row that lacks what is asked for


def label(by: str, row: Row, origin: Origin, raw: Any) -> str:
    """What a row has of `by`: its system prompt, kind, kto_tag, source (set or dataset), or a
    column of the row as it was stored or stands in its file. "" where it has no such thing.
    """
    if by == "system":
        asked = formats.prompt_messages(row)
        return formats.words(asked[0]) if asked and asked[0]["role"] == "system" else NONE
    if by == "kind":
        return formats.kind(row)
    if by == "source":
        return str(origin.get("set") or origin.get("dataset") or NONE)
    made = origin.get("source")
    for table in (row if by == "kto_tag" else {}, raw, made, origin):
        if isinstance(table, dict) and isinstance(table.get(by), str | int | float):
            return str(table[by])
    return NONE


def columns(dataset: Dataset) -> Iterator[Any]:
    """The good rows of a dataset as they stand in its file."""
    bad = set(dataset.index.bad)
    return (raw for number, raw in enumerate(dataset.source.read(0)) if number not in bad)


def require_labels(by: str, labels: Sequence[str]) -> None:
    """Raise InputError where no row has what the rows are to be divided evenly by."""
    if by and not any(labels):
        raise InputError(
            "No row has {name}, by which the rows are to be divided evenly.",
            "Choose another column, or leave stratify_by empty.",
            fields=("stratify_by",),
            name=by,
        )


def keys(
    rows: Sequence[Row],
    origins: Sequence[Origin],
    group_by: Sequence[str],
    workspace: Workspace,
    threshold: float,
    stopping: Callable[[], bool],
) -> list[list[Hashable]]:
    """What each row must not be parted from: of `group_by` its question, chunk (else its span),
    chapter, document and near-duplicates. Raises Stopped.
    """
    made: list[list[Hashable]] = [[] for _ in rows]
    chapters = _Chapters(workspace)
    for mine, row, origin in zip(made, rows, origins, strict=True):
        place = origin.get("document")
        if "question" in group_by:
            mine.append(("question", " ".join(asked(row).split())))
        if "chunk" in group_by and origin.get("chunk") is not None:
            mine.append(("chunk", origin["chunk"]))
        elif "chunk" in group_by and place and origin.get("start") is not None:
            mine.append(("span", place, origin["start"], origin["end"]))
        if "document" in group_by and place:
            mine.append(("document", place))
        if "chapter" in group_by and (chapter := chapters.of(origin)) is not None:
            mine.append(("chapter", place, chapter))
    if "near_duplicate" in group_by:
        found = clusters((whole(row) for row in rows), threshold=threshold, stopping=stopping)
        for number, group in enumerate(found):
            for row_number in group:
                made[row_number].append(("near_duplicate", number))
    return made


def asked(row: Row) -> str:
    """All that comes before the reply but the system prompt; of a text, the text."""
    return "\n".join(
        formats.words(m) for m in formats.prompt_messages(row) if m["role"] != "system"
    ) or formats.reply(row)


def whole(row: Row) -> str:
    """A row's words but the system prompt, by which near-duplicates are known."""
    before, reply = asked(row), formats.reply(row)
    return before if before == reply else f"{before}\n{reply}"


class _Chapters:
    """The chapter that a row comes from, from the number kept with it or its place in the text."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known: dict[str, Chapters | None] = {}

    def of(self, origin: Origin) -> int | None:
        """A chapter's number; None where that is not known."""
        made, document = origin.get("source"), origin.get("document")
        if isinstance(made, dict) and isinstance(made.get("chapter"), int):
            return int(made["chapter"])
        if not document or origin.get("start") is None:
            return None
        if document not in self._known:
            try:
                found = documents.get(self._workspace, document)
                self._known[document] = Chapters(documents.text(self._workspace, found))
            except (InputError, WorkspaceError):  # deleted since
                self._known[document] = None
        chapters = self._known[document]
        return None if chapters is None else chapters.at(int(origin["start"]))


def shares(
    labels: Sequence[str], parts: Sequence[Sequence[int]], most: int
) -> list[dict[str, Any]]:
    """The commonest labels, the commonest first: {"label": text, "rows": in each part}."""
    counted = [Counter(labels[n] for n in part) for part in parts]
    common = [one for one, _ in Counter(labels).most_common(most)]
    return [{"label": one, "rows": [part[one] for part in counted]} for one in common]
