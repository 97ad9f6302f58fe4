"""find_utterances: text → utterances, whatever the layout."""

from collections.abc import Iterable, Sequence
from typing import Literal

from studio.dialogue.cast import Cast, check
from studio.dialogue.classical import read_classical
from studio.dialogue.layout import detect
from studio.dialogue.novel import read_novel
from studio.dialogue.records import Character, Utterance
from studio.dialogue.script import read_script


def find_utterances(
    text: str, characters: Iterable[Character] = (), *, layout: Literal["auto", "script", "novel"] = "auto"
) -> list[Utterance]:
    """Every utterance in the text, in order and without overlap; `text == source[start:end]` for each.

    characters: persons with their aliases; a speaker found by an alias gets the canonical name, one that
    is not in the table keeps the name the text gives, and None means unknown. Raises InputError when one
    alias is given to two persons.
    """
    people: Sequence[Character] = list(characters)
    check(people)
    form = detect(text)
    if layout == "script" and form not in ("script", "screenplay"):
        form = "script"
    elif layout == "novel" and form in ("script", "screenplay"):
        form = "novel"
    if form in ("script", "screenplay"):
        return read_script(text, Cast(people), screenplay=form == "screenplay")
    if form == "classical":
        return read_classical(text, people)
    return read_novel(text, list(people))
