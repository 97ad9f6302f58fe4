"""The fields of the import job."""

from typing import ClassVar

from studio.spec import Spec, field


class ImportJob(Spec):
    """Add files, folders and zips to the workspace's documents."""

    KIND: ClassVar[str] = "import"

    # Of the window: `incoming:<name>`, as `documents.stage` gives it; of the command line: paths.
    paths: list[str] = field(factory=list, group="hidden")
    # Of csv, tsv, json and jsonl: the column with the text; empty: text, content, or the one with
    # the longest texts.
    text_column: str = field("")
