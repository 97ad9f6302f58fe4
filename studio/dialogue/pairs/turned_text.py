"""A document as pairing reads it: its turns and chapters, found once for all roles and for the
conversations.
"""

from collections.abc import Iterable
from functools import cached_property

from studio.dialogue.pairs.turns import HEARD, Turn, turns_in_order
from studio.dialogue.records import Utterance
from studio.dialogue.spec import PairRules
from studio.text.chapters import Chapters


class TurnedText:
    """Turns of a document in the order of the text; text: its source, None where it is not at hand.
    source: its name.
    """

    def __init__(self, turns: list[Turn], text: str | None, source: str) -> None:
        self.turns, self.text, self.source = turns, text, source

    @cached_property
    def chapters(self) -> Chapters | None:
        """The chapters of the text, None where it is not at hand."""
        return None if self.text is None else Chapters(self.text)

    def chapter(self, offset: int, scene: int) -> int:
        """The number of the chapter at an offset; the scene's where the text is not at hand."""
        return scene if self.chapters is None else self.chapters.at(offset)


def turned(
    utterances: Iterable[Utterance], rules: PairRules, text: str | None, source: str = ""
) -> TurnedText:
    """A document's turns, as far as the rules let them count, from its utterances in any order."""
    return turned_in_order(sorted(utterances, key=lambda u: u.start), rules, text, source)


def turned_in_order(
    utterances: Iterable[Utterance], rules: PairRules, text: str | None, source: str = ""
) -> TurnedText:
    """The same, from utterances that come in the order of the text, none of which is held."""
    turns = turns_in_order(
        utterances,
        source=text,
        max_gap_chars=rules.max_gap_chars,
        kinds=(*HEARD, "thought") if rules.with_thoughts else HEARD,
        run_chars=rules.run_chars if rules.runs == "joined" else 0,
    )
    return TurnedText(list(turns), text, source)
