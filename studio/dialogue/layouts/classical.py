"""Classical prose without quote marks: `宝玉道：…` up to the sentence that holds the next tag.

Best effort.
"""

import re
from collections.abc import Sequence

from studio.dialogue.characters.table import Cast
from studio.dialogue.layouts.novel import cast_mentions, discover
from studio.dialogue.records import Character, Utterance
from studio.dialogue.speakers.cues_zh import LOOK, Chinese
from studio.dialogue.speakers.tags_zh import unknown_name
from studio.progress import UNWATCHED, Watch
from studio.text.paragraphs import paragraphs

TAG = re.compile(r"(?:[道曰]|(?<![小传听据])说)[:：]\s*")
SENTENCE = re.compile(r"[。！？!?]+")
SURE = 0.65  # who speaks is as good as told; where speech ends and narration goes on is a guess


def read_classical(
    text: str, characters: Sequence[Character], watch: Watch = UNWATCHED
) -> list[Utterance]:
    """The speech after each tag, to the end of the last sentence before the next tag or the
    paragraph's end.
    """
    discovered, shorts = discover(text, Cast(characters))
    cast = Cast(characters, discovered)
    rules = Chinese(text, cast, cast_mentions(text, cast, shorts, [])[1], shorts.ones)
    found: list[Utterance] = []
    for number, part in enumerate(watch.over(paragraphs(text), 0.1, 1)):
        if part.heading:
            continue
        tags = list(TAG.finditer(text, part.start, part.end))
        for index, tag in enumerate(tags):
            end = _end(
                text, tag.end(), tags[index + 1].start() if index + 1 < len(tags) else part.end
            )
            body = text[tag.end() : end].rstrip()
            if not body:
                continue
            name = _speaker(text, rules, max(part.start, tag.start() - LOOK), tag)
            found.append(
                Utterance(
                    tag.end(),
                    tag.end() + len(body),
                    body,
                    name,
                    None,
                    SURE if name else 0.0,
                    "classical",
                    part.scene,
                    number,
                )
            )
    return found


def _end(text: str, start: int, limit: int) -> int:
    """The end of the last whole sentence before `limit`; `limit` itself when no sentence ends."""
    ends = [m.end() for m in SENTENCE.finditer(text, start, limit)]
    return ends[-1] if ends else limit


def _speaker(text: str, rules: Chinese, start: int, tag: re.Match[str]) -> str | None:
    mark = tag.start() + len(tag.group().rstrip())
    clue = rules.left(start, mark)
    if clue and clue.name:
        return clue.name
    ends = [m.end() for m in SENTENCE.finditer(text, start, tag.start())]
    low = ends[-1] if ends else start
    return unknown_name(text[low:mark])[0] or None
