"""Messages of a chat → its text: each behind its writer's name, as in a script."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from studio.documents.formats import chat_json, chat_rows
from studio.documents.formats.records import Writer, said_by

Row = tuple[int, dict[str, Any]]


def write(
    reader: chat_rows.Reader, rows: Iterable[Row]
) -> tuple[Writer, list[tuple[int, int, int]]]:
    """The text, and (start, end, number of the row) of each message.

    Every line of a message stands behind the name; a break where hours lie between, a heading where
    another chat begins.
    """
    writer, places = Writer(), []
    for title, part in groupby(rows, _Titles()):
        if title:
            writer.add("# " + " ".join(title.split()))
        for message in reader.read(row for row in part if chat_json.TITLE not in row[1]):
            if message.pause:
                writer.add("* * *")
            lines = [said_by(message.speaker, line) for line in message.text.split("\n")]
            start, end = writer.add("\n".join(lines))
            if end > start:
                places.append((start, end, message.number))
    return writer, places


class _Titles:
    """The title under which each row stands."""

    def __init__(self) -> None:
        self.title = ""

    def __call__(self, row: Row) -> str:
        self.title = str(row[1].get(chat_json.TITLE, self.title))
        return self.title
