"""Scripts: `NAME（stage）：text` lines and screenplay blocks under a name of their own."""

import re
from collections import Counter
from dataclasses import replace

from studio.dialogue.characters.table import Cast
from studio.dialogue.layouts.fountain import forces_scene, is_shown, masked, touches
from studio.dialogue.layouts.label_learning import DIRECTION, LEADING, OPENED, Labels
from studio.dialogue.layouts.screenplay import cue_name, cue_names, small_name
from studio.dialogue.layouts.script_labels import (
    AND_ZH,
    COLONS,
    NARRATORS,
    NOT_CUES,
    STAGE,
    TOGETHER,
    Label,
    is_inner,
    plain_name,
)
from studio.dialogue.records import Utterance
from studio.progress import UNWATCHED, Watch
from studio.text.paragraphs import Line, is_break, lines, paragraphs
from studio.text.scripts import has_chinese
from studio.text.wrapping import is_wrapped

ASIDE = re.compile(STAGE)
MARKS = {"“": "”", "「": "」", "『": "』", '"': '"'}
UNFINISHED = re.compile(r"[，,、—…\-；;：:]$|[\w]$")
SUNG = re.compile(r"[唱吟诵念白]|\b(?:sing|song|recit|chant|read|rap)")
TOLD = re.compile(r"[。！？!?…][”」』\"](?=\s*[^\s“「『\"（(【\[].{2,})")
UNCLOSED = re.compile(r"[（(【\[〔][^（(【\[〔）)】\]〕\r\n]{0,60}$")
CLOSER = re.compile(r"[^（(【\[〔）)】\]〕]*[）)】\]〕]")
# A line of a cue in which two speak, by nobody's name: "- Hi".
UNNAMED_TURN = re.compile(r"[-–‐]\s?(?=[^\W\d_])")
PAGE_NUMBER = re.compile(r"[-–—]?\s*\d{1,4}\s*[-–—.]$")
LABELLED, TYPED_WRONG, CONTINUED = 0.99, 0.95, 0.7
DIRECTION_LINES = 8  # most lines over which one bracketed direction may run


def read_script(
    text: str, cast: Cast, *, screenplay: bool = False, watch: Watch = UNWATCHED
) -> list[Utterance]:
    """The utterances of a script. A line cut by stage directions gives one utterance a piece."""
    return _Reader(text, cast, screenplay, watch.within(0, 0.3)).read(watch.within(0.3, 1))


class _Reader:
    def __init__(self, text: str, cast: Cast, screenplay: bool, watch: Watch) -> None:
        self.text = text = masked(text) if screenplay else text
        self.cast, self.screenplay = cast, screenplay
        self.rows: list[Line] = lines(text)
        self.bodies = [text[row.start : row.end] for row in self.rows]
        self.labels = Labels(
            self.bodies, lambda name: cast.resolve_label(name) in cast.given, watch.within(0, 0.6)
        )
        self.cues = (
            cue_names(self.rows, self.bodies, watch.within(0.6, 1)) if screenplay else Counter()
        )
        self.joined = not screenplay and is_wrapped(text)
        self.found: list[Utterance] = []
        self.speaker: str | None = None
        self.scene, self.forced, self.speech, self.skip, self.resume = 0, 0, -1, 0, 0
        self.kind = "speech"
        self.open = self.sung = self.waits = (
            False  # the line may go on; it is a song; nothing of it has come yet
        )
        self.indent = 0

    def read(self, watch: Watch) -> list[Utterance]:
        """Walk the lines once; scenes are those of the paragraphs."""
        scenes, before = {part.start: part.scene for part in paragraphs(self.text)}, 0
        for index, row in enumerate(watch.over(self.rows, 0, 1)):
            if self.screenplay and forces_scene(row, self.bodies[index]):
                self.forced += 1
            scene = scenes.get(row.start, before) + self.forced
            before = scene - self.forced
            if scene != self.scene:
                self.scene = scene
                self._close()
            if self.skip:
                self.skip -= 1
            else:
                self._line(index, row)
        return answered(self.found)

    def _close(self) -> None:
        self.speaker, self.open, self.sung, self.waits = None, False, False, False

    def _line(self, index: int, row: Line) -> None:
        body = self.bodies[index]
        if is_break(body):
            self._close()
        elif self.screenplay:
            self._screenplay_line(index, row)
        elif OPENED.match(body) and (more := self._closed_below(index)):
            self.skip = more
        elif DIRECTION.match(body):
            return  # what stands in brackets is not spoken, and does not end the speaker's turn
        elif self.resume > row.start:  # the rest of a line that a direction broke off
            self._add(self.resume, row.end, "script", LABELLED, index)
        elif label := self.labels.at(body):
            self._labelled(index, row, label)
        elif UNNAMED_TURN.match(body):
            self._close()
        elif self.open and self.speaker and self._goes_on(row):
            self.waits = False
            self._add(row.start, row.end, "script-continued", CONTINUED, index)
        else:
            self.open = False

    def _closed_below(self, index: int) -> int:
        """How many further lines a direction runs on that is not closed in its first; 0 when it
        never is.
        """
        for more, body in enumerate(self.bodies[index + 1 : index + DIRECTION_LINES], start=1):
            if re.search(r"[）)】\]〕]\s*$", body):
                return more
            if is_break(body) or self.labels.at(body):
                return 0
        return 0

    def _labelled(self, index: int, row: Line, label: Label) -> None:
        self.speaker = self._who(label)
        self.speech += 1
        self.open, self.indent = self.speaker is not None, row.indent
        rest = self.bodies[index][label.length :]
        lead = LEADING.match(rest)
        stage = label.stage + (lead.group() if lead else "")
        self.sung = bool(SUNG.search(stage))
        self.kind = "thought" if is_inner(label.name, stage) else "speech"
        self.waits = not rest or bool(DIRECTION.match(rest))
        if self.speaker:
            meant = label.mark and label.mark not in "；;"
            self._add(
                row.start + label.length,
                self._broken_off(index),
                "script",
                LABELLED if meant else TYPED_WRONG,
                index,
            )

    def _broken_off(self, index: int) -> int:
        """Where a labelled line ends: at a direction that is closed only in the next line, whose
        speech resumes behind it.
        """
        row = self.rows[index]
        opened = UNCLOSED.search(self.text, row.start, row.end)
        below = self.rows[index + 1] if index + 1 < len(self.rows) else None
        if not opened or not below or below.blanks or self.labels.at(self.bodies[index + 1]):
            return row.end
        closed = CLOSER.match(self.text, below.start, min(below.end, below.start + 60))
        if not closed:
            return row.end
        self.resume = closed.end()
        return opened.start()

    def _who(self, label: Label) -> str | None:
        """Whom a label means.

        A narrator is nobody, unless the table names one or the label says whose voice it is.
        """
        name = plain_name(label.name)
        if name.casefold() in NARRATORS and self.cast.resolve_label(name) not in self.cast.given:
            within = label.stage.strip("（()）[]【】 ")
            return self.cast.resolve_label(within) if within and self.labels.knows(within) else None
        whole = self.cast.resolve_label(name)
        if whole in self.cast.given:
            return whole
        together = [p for p in TOGETHER.split(name) if p]
        if len(together) == 1 and not self.labels.knows(name):
            parts = AND_ZH.split(name)
            together = (
                parts if len(parts) > 1 and all(self.labels.knows(p) for p in parts) else together
            )
        people = [self.cast.resolve_label(p.strip()) for p in together]
        return (
            ("、" if has_chinese(name) else " & ").join(dict.fromkeys(people))
            if len(people) > 1
            else whole
        )

    def _goes_on(self, row: Line) -> bool:
        """Whether an unlabelled line goes on with the speech: that was empty, unfinished or sung,
        or the line is its wrap, or stands further in than its label."""
        if row.blanks > 1:
            return False
        if self.waits or (self.sung and row.blanks == 0) or (self.joined and row.blanks == 0):
            return True
        if row.blanks == 0 and row.indent >= self.indent + 2:
            return True
        last = self.found[-1] if self.found else None
        return (
            last is not None and last.speaker == self.speaker and bool(UNFINISHED.search(last.text))
        )

    def _screenplay_line(self, index: int, row: Line) -> None:
        body = self.bodies[index]
        goes_on = index > 0 and touches(self.text, self.rows[index - 1], row)
        name = self._cue(index, row)
        if name:
            stage = body[len(name) :]
            self.speaker, self.open, self.speech = (
                self._who(Label(name, stage, "", len(body))),
                True,
                self.speech + 1,
            )
            self.kind = "thought" if is_inner(name, stage) and "V.O" not in stage else "speech"
            self.indent = row.indent
        elif goes_on and self.open and OPENED.match(body) and (more := self._closed_below(index)):
            self.skip = more
        elif goes_on and self.open and self.speaker and not self._unspoken(row, body):
            self._add(row.start, row.end, "script", LABELLED, index)
        elif not goes_on or not self._unspoken(row, body):
            self._close()
            label = self.labels.at(body)
            named = plain_name(label.name) if label else ""
            if label and label.mark in COLONS and self.labels.knows(named):
                if not NOT_CUES.match(named):
                    self._labelled(index, row, label)

    def _cue(self, index: int, row: Line) -> str:
        """The name that stands alone above speech; "" where the line is none."""
        if index + 1 >= len(self.rows) or self.rows[index + 1].blanks:
            return ""
        name = cue_name(self.bodies[index])
        if self.cues[name]:
            return name
        small = small_name(self.bodies[index]) if row.blanks or not index else ""
        return small if self.cues[small] else ""

    def _unspoken(self, row: Line, body: str) -> bool:
        """Whether a line within a speech is none of it: a direction, a transition, a page's number
        in the margin.
        """
        if PAGE_NUMBER.match(body) and row.indent > self.indent + 8:
            return True
        return DIRECTION.match(body) is not None or is_shown(body)

    def _add(self, start: int, end: int, method: str, sure: float, paragraph: int) -> None:
        """One utterance for each piece between stage directions, quote marks around a piece left
        out.
        """
        position = start
        for aside in [*ASIDE.finditer(self.text, start, end), None]:
            stop = aside.start() if aside else end
            for low, high in spoken(self.text, position, stop):
                if low < high and any(c.isalnum() or c in "……—！？!?" for c in self.text[low:high]):
                    self.found.append(
                        Utterance(
                            low,
                            high,
                            self.text[low:high],
                            self.speaker,
                            None,
                            sure,
                            method,
                            self.scene,
                            paragraph,
                            kind=self.kind,
                            speech=self.speech,
                        )
                    )
            position = aside.end() if aside else end


def answered(found: list[Utterance]) -> list[Utterance]:
    """Each line with whom it answers: the other speaker before it in its scene, else the one
    after.
    """
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


def spoken(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The spans of speech in a piece of a line: all of it, or its quotations where narration
    follows the first.
    """
    low, high = _strip(text, start, end)
    close = MARKS.get(text[low : low + 1])
    if not close or not TOLD.search(text, low, high):
        return [(low, high)]
    found, at = [], low
    while at < high:
        right = text.find(close, at + 1, high)
        stop = right if right != -1 else high
        found.append((at + 1, stop))
        following = text.find(text[low], stop + 1, high) if right != -1 else -1
        at = following if following != -1 else high
    return found


def _ends_in_emphasis(text: str, start: int, end: int) -> bool:
    """Whether the last star of a span closes one within it: `Not *that*`."""
    body = text[start:end].rstrip()
    return body.endswith("*") and body.count("*") % 2 == 0


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without outer white space, stray closing brackets and one pair of quote marks that
    encloses all of it.
    """
    while start < end and (text[start].isspace() or text[start] in "）)】]〕*"):
        start += 1
    marks = "|" if _ends_in_emphasis(text, start, end) else "*|"
    while end > start and (text[end - 1].isspace() or text[end - 1] in marks):
        end -= 1
    close = MARKS.get(text[start : start + 1])
    if (
        close
        and end - start > 2
        and text[end - 1] == close
        and close not in text[start + 1 : end - 1]
    ):
        return _strip(text, start + 1, end - 1)
    return start, end
