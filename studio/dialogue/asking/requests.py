"""From a plan to its requests: the windows of every document, and what each of them says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from studio import documents
from studio.dialogue.asking.batches import Pieces, Window, windows
from studio.dialogue.asking.people import People, people
from studio.dialogue.asking.plan import Line
from studio.dialogue.asking.prompts import Prompts, Spoken, messages, schema, speaker_prompts
from studio.dialogue.asking.spec import AttributeJob
from studio.dialogue.review.queries import UtteranceSet
from studio.llm import Message
from studio.store import Store, utterance_summary, utterances
from studio.store.utterances import StoredUtterance
from studio.text.scripts import is_chinese
from studio.workspace import Workspace

KNOWN = 0.8  # confidence from which on a speaker is told to the model


@dataclass(frozen=True)
class Book:
    """A document that is asked about."""

    text: str
    pieces: Pieces
    prompts: Prompts


@dataclass(frozen=True)
class Request:
    """What goes to the model, and about which lines."""

    messages: list[Message]
    schema: dict[str, Any]
    asked: tuple[int, ...]


class Requests:
    """The requests of a plan. Made once; `request` may be called from any thread."""

    def __init__(
        self, spec: AttributeJob, workspace: Workspace, found: UtteranceSet, lines: Sequence[Line]
    ) -> None:
        """Raises InputError for a set without persons, a missing document or a broken prompt
        preset.
        """
        self.spec = spec
        self.store: Store = workspace.store
        self.set_id = found.id
        self.lines = {line.id: line for line in lines}
        self.people: People = people(workspace, found, lines)
        prompts = {language: speaker_prompts(language, workspace) for language in ("zh", "en")}
        self.books: dict[str, Book] = {}
        for name in dict.fromkeys(line.document for line in lines):
            text = documents.text(workspace, documents.get(workspace, name))
            spoken = utterance_summary.spans(self.store, found.id, name)
            self.books[name] = Book(
                text,
                Pieces(text, spoken, spec.window_chars),
                prompts["zh" if is_chinese(text) else "en"],
            )

    def windows(self) -> list[Window]:
        """One window a request, in the order of asking: along the text, or turn by turn where the
        number is limited.
        """
        found: list[Window] = []
        for name, book in self.books.items():
            lines = [line for line in self.lines.values() if line.document == name]
            found += windows(book.pieces, lines, self.spec.votes, self.spec.lines_per_request)
        most = self.spec.max_requests
        if not most or len(found) <= most:
            return sorted(found, key=lambda window: (window.asked[0], window.turn))
        return sorted(found, key=lambda window: (window.turn, window.asked[0]))[:most]

    def request(self, window: Window) -> Request | None:
        """What a window asks now; None if persons have decided all of its lines meanwhile."""
        book = self.books[window.document]
        lines = utterances.within(
            self.store, self.set_id, window.document, window.start, window.end, spoken=True
        )
        open_ids = {line.ordinal for line in lines if line.decided != "person"}
        asked = tuple(number for number in window.asked if number in open_ids)
        if not asked:
            return None
        spoken = [Spoken(line.ordinal, line.start, line.end, self._known(line)) for line in lines]
        likely = [one.name for one in spoken]
        for number in asked:
            likely += [self.lines[number].speaker, *(name for name, _ in self.lines[number].others)]
        text = book.text[window.start : window.end]
        count = len(self.people.persons)
        persons = self.people.of_request(
            text, likely, len(asked), shift=window.turn * count // self.spec.votes
        )
        to_send = messages(
            book.prompts, book.text, (window.start, window.end), spoken, asked, persons
        )
        return Request(to_send, schema(asked, persons), asked)

    def _known(self, line: StoredUtterance) -> str | None:
        """Who speaks a line, if the model may be told: a person said so, or the rules are sure and
        nobody asks.
        """
        sure = line.ordinal not in self.lines and line.confidence >= max(KNOWN, self.spec.ask_under)
        return line.speaker if sure or line.decided == "person" else None
