"""find_utterances: text → utterances, whatever the layout."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from studio.dialogue.characters.table import Cast
from studio.dialogue.characters.validate import check
from studio.dialogue.layouts.chatlog import read_chat
from studio.dialogue.layouts.classical import read_classical
from studio.dialogue.layouts.detect import detect
from studio.dialogue.layouts.novel import read_novel
from studio.dialogue.layouts.script import read_script
from studio.dialogue.quotes.quote_kinds import numbered, told_apart
from studio.dialogue.records import Character, Utterance
from studio.progress import UNWATCHED, Watch

Choice = Literal["auto", "script", "screenplay", "novel", "classical", "chat"]


def find_utterances(
    text: str,
    characters: Iterable[Character] = (),
    *,
    layout: Choice = "auto",
    decided: Mapping[int, str | None] | None = None,
    watch: Watch = UNWATCHED,
) -> list[Utterance]:
    """Every utterance in the text, in order and without overlap; `text == source[start:end]` for
    each.

    characters: persons with their aliases; a speaker found by an alias gets the canonical name, one
    that is not in the table keeps the name the text gives, and None means unknown. layout: "auto"
    asks `detect`.
    decided: who is known to speak (None: none of the persons) in the utterances that begin at those
    offsets; in a novel the lines around lean on it. watch: is told how far the reading is, and may
    end it.
    Raises InputError when one alias is given to two persons.
    """
    people: Sequence[Character] = list(characters)
    check(people)
    kind = detect(text, watch.within(0, 0.1)).kind if layout == "auto" else layout
    watch = watch.within(0.1, 1)
    if kind == "script" or kind == "screenplay":
        return read_script(text, Cast(people), screenplay=kind == "screenplay", watch=watch)
    if kind == "chat":
        return read_chat(text, Cast(people), watch)
    if kind == "classical":
        return numbered(text, read_classical(text, people, watch))
    return told_apart(
        text,
        read_novel(text, list(people), decided=decided, watch=watch.within(0, 0.95)),
        watch.within(0.95, 1),
    )
