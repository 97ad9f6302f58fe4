"""Scripts: `NAME（stage）：text` lines and screenplay blocks under a name in capitals."""

import re
from collections import Counter
from dataclasses import replace

from studio.dialogue.cast import Cast
from studio.dialogue.layout import CAPS, NARRATORS, STAGE, is_cue, label
from studio.dialogue.lines import Line, is_heading, lines, paragraphs
from studio.dialogue.records import Utterance

SHORT_NAME = re.compile(r"[\u3400-\u9fff]{2,4}")
DIRECTION = re.compile(rf"(?:{STAGE}\s*)+$|[△▲◎]")
ASIDE = re.compile(STAGE)
MARKS = {"“": "”", "「": "」", "『": "』", '"': '"'}
UNFINISHED = re.compile(r"[，,、—…\-；;：:]$|[\w]$")
LABELLED, TYPED_WRONG, CONTINUED = 0.99, 0.95, 0.7


def read_script(text: str, cast: Cast, *, screenplay: bool = False) -> list[Utterance]:
    """The utterances of a script. A line cut by stage directions gives one utterance a piece."""
    return _Reader(text, cast, screenplay).read()


class _Reader:
    def __init__(self, text: str, cast: Cast, screenplay: bool) -> None:
        self.text, self.cast, self.screenplay = text, cast, screenplay
        self.rows: list[Line] = lines(text)
        self.bodies = [text[row.start:row.end] for row in self.rows]
        self.known = Counter(m["name"].strip() for b in self.bodies if (m := label(b)) and m["mark"] in ":：")
        self.found: list[Utterance] = []
        self.speaker: str | None = None
        self.scene = 0
        self.open = False  # the speaker's line may still go on

    def read(self) -> list[Utterance]:
        """Walk the lines once; scenes are those of the paragraphs."""
        scenes = {part.start: part.scene for part in paragraphs(self.text)}
        for index, row in enumerate(self.rows):
            scene = scenes.get(row.start, self.scene)
            if scene != self.scene:
                self.scene, self.speaker, self.open = scene, None, False
            self._line(index, row)
        return answered(self.found)

    def _line(self, index: int, row: Line) -> None:
        body = self.bodies[index]
        if is_heading(body):
            self.speaker, self.open = None, False
        elif DIRECTION.match(body):
            return  # what stands in brackets is not spoken, and does not end the speaker's turn
        elif self.screenplay:
            self._screenplay_line(index, row)
        elif match := self._label(body):
            self._labelled(index, row, match)
        elif self.open and self.speaker and self._goes_on(row):
            self._add(row.start, row.end, "script-continued", CONTINUED, index)
        else:
            self.open = False

    def _label(self, body: str) -> re.Match[str] | None:
        """A label; with `；` typed for `：` when the name is known or as short as a Chinese name, and words follow."""
        match = label(body)
        if match and match["mark"] in "；;":
            name = match["name"].strip()
            known = self.known[name] > 0 or self.cast.resolve_label(name) in self.cast.given or SHORT_NAME.fullmatch(name)
            return match if known and body[match.end():] else None
        return match

    def _labelled(self, index: int, row: Line, match: re.Match[str]) -> None:
        name = match["name"].strip()
        self.speaker = None if name.casefold() in NARRATORS else self.cast.resolve_label(name)
        self.open = self.speaker is not None
        if self.speaker:
            sure = LABELLED if match["mark"] in ":：" else TYPED_WRONG
            self._add(row.start + match.end(), row.end, "script", sure, index)

    def _goes_on(self, row: Line) -> bool:
        """An unlabelled line goes on with the speech when that was unfinished, or the line is indented more."""
        if not self.found or row.blanks > 1:
            return False
        last = self.found[-1]
        return last.speaker == self.speaker and bool(UNFINISHED.search(last.text))

    def _screenplay_line(self, index: int, row: Line) -> None:
        body = self.bodies[index]
        if is_cue(self.bodies, self.rows, index) and (match := CAPS.match(body)):
            name = match["name"].strip(" .").removesuffix("(CONT'D)").strip()
            self.speaker, self.open = self.cast.resolve_label(name), True
        elif row.blanks == 0 and self.open and self.speaker:
            self._add(row.start, row.end, "script", LABELLED, index)
        else:
            self.speaker, self.open = None, False

    def _add(self, start: int, end: int, method: str, sure: float, paragraph: int) -> None:
        """One utterance for each piece between stage directions, quote marks around a piece left out."""
        position = start
        for aside in [*ASIDE.finditer(self.text, start, end), None]:
            stop = aside.start() if aside else end
            low, high = _strip(self.text, position, stop)
            if low < high and any(c.isalnum() or c in "……—" for c in self.text[low:high]):
                self.found.append(Utterance(
                    low, high, self.text[low:high], self.speaker, None, sure, method, self.scene, paragraph,
                ))
            position = aside.end() if aside else end


def answered(found: list[Utterance]) -> list[Utterance]:
    """Each line with whom it answers: the other speaker before it in its scene, else the one after."""
    whom: list[str | None] = [None] * len(found)
    for order in (range(len(found)), range(len(found) - 1, -1, -1)):
        other: str | None = None
        last: Utterance | None = None
        for index in order:
            piece = found[index]
            if last is None or last.scene != piece.scene:
                other = None
            elif last.speaker != piece.speaker:
                other = last.speaker
            whom[index], last = whom[index] or other, piece
    return [replace(piece, addressee=name) for piece, name in zip(found, whom, strict=True)]


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without outer white space and without one pair of quote marks that encloses all of it."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    close = MARKS.get(text[start:start + 1])
    if close and end - start > 2 and text[end - 1] == close and close not in text[start + 1:end - 1]:
        return _strip(text, start + 1, end - 1)
    return start, end
