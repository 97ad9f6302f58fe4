"""The fields of the import job."""

from typing import Any, ClassVar, NotRequired, TypedDict

from studio.spec import Spec, field


class ImportResult(TypedDict):
    """What an import gives.

    documents: ids, each once. added: how many are new; known: how many were there already. skipped:
    for each bad file name, what, do, and error, the record that the window translates. uncertain:
    name and encoding of the documents whose encoding is a guess or whose bytes were damaged.
    surplus: name, rows, first and example of tables with rows that hold more cells than there are
    columns. columns: name of each table, its column with the text and that of the speakers ("" for
    none). left_out: name of each chat, and how many of its rows are notices or wordless.
    books: name of each document that holds several, their titles ("" for one without), and whether
    it was taken `apart`: then its parts stand among the documents in its place.
    """

    documents: list[str]
    added: int
    known: int
    skipped: list[dict[str, Any]]
    uncertain: NotRequired[list[dict[str, Any]]]
    surplus: NotRequired[list[dict[str, Any]]]
    columns: NotRequired[list[dict[str, str]]]
    left_out: NotRequired[list[dict[str, Any]]]
    books: NotRequired[list[dict[str, Any]]]


class ImportJob(Spec):
    """Add files, folders and zips to the workspace's documents."""

    KIND: ClassVar[str] = "import"
    RESULT: ClassVar[type] = ImportResult

    # Of the window: `incoming:<name>`, as `documents.stage` gives it.
    paths: list[str] = field(factory=list, group="hidden", help="Files, folders or zips")
    # Of csv, tsv, json and jsonl: the column with the text; empty: text, content, or the one with
    # the longest texts.
    text_column: str = field("", help="For csv and jsonl; empty: found automatically")
    # Of the same files: the column that says who speaks; empty: speaker, role, author, sender …;
    # none where a text column is named.
    speaker_column: str = field("", help="Who says each text; empty: found automatically")
    take_apart: bool = field(
        False, help="Of a file with several books each becomes a document of its own"
    )
