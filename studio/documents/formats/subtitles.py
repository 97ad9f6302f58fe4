"""Subtitles → the spoken lines in order of time, one cue a paragraph; each cue's place is the time
it begins at.
"""

import html
import re
from itertools import groupby
from typing import TYPE_CHECKING

from studio.documents.formats.records import CJK, Extracted, Writer, damaged, no_text, said_by
from studio.text.encoding import decode

if TYPE_CHECKING:
    from pysubs2 import SSAEvent

# None of these looks further than the next bracket, or a few hundred characters: a tag that is
# never closed costs no more.
VOICE = re.compile(r"<v(?:\.[^\s<>]*)?(?:\s+([^<>]{1,300}))?>|</v>")
TURN = re.compile(r"[ \t]*[-–‐](?!-)[ \t]*(?=[^\s\d])")  # "- Hi" of a cue in which two speak
NAMES = re.compile(r"\s*[/&,，、;；+]\s*")
TAGS = re.compile(
    r"</?(?:[biusvcq]|font|ruby|lang|i|em|strong|br)(?:[.\s][^<>]*)?/?>|<\d\d:[\d:.]+>",
    re.IGNORECASE,
)
RUBY = re.compile(r"<rt>(?:(?!<rt>).){0,300}?</rt>", re.IGNORECASE | re.DOTALL)
# What WebVTT may have between its cues: blocks that are not shown, and names of cues.
ASIDE = re.compile(r"(?<=\n)\n?(?:NOTE|STYLE|REGION)(?:[ \t].*)?\n(?:.+\n)*+.*")
EMPTY_LINES = re.compile(r"\n{3,}")
CUE_NAME = re.compile(r"(?<=\n)\n[^\n]+(\n[\d:.]+[ \t]+-->)")
OVERRIDES = re.compile(r"\{[^{}]*\}")
DRAWING = re.compile(
    r"\{[^{}]*?\\p[1-9]"
)  # pysubs2's own look for it takes time that grows with the square of the open braces


def read(name: str, data: bytes, form: str) -> Extracted:
    """The cues of an srt, ass (also ssa) or vtt file. Raises InputError.

    ASS override tags, drawings and comments are dropped; its Name field and a WebVTT voice are
    written before the line, as `NAME：` or `NAME: `. The same line in several layers at one time is
    written once.
    """
    decoded = decode(data, name)
    writer, places = Writer(), []
    last: tuple[int, str] | None = None
    for start, text in sorted(_cues(name, decoded.text, form), key=lambda cue: cue[0]):
        if (start, text) == last:
            continue
        last = (start, text)
        begun, ended = writer.add(text)
        if ended > begun:
            places.append((begun, ended, clock(start)))
    if not places:
        raise no_text(name)
    return Extracted(writer.text(), form, decoded.told, places)


def clock(milliseconds: int) -> str:
    """ "01:02:03" of a time in milliseconds."""
    seconds = max(0, milliseconds) // 1000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _cues(name: str, source: str, form: str) -> list[tuple[int, str]]:
    """(start in milliseconds, text) of every cue that says something."""
    import pysubs2

    source = source.replace("\r\n", "\n").replace("\r", "\n")
    if form == "vtt":
        source = CUE_NAME.sub(r"\1", ASIDE.sub("\n", EMPTY_LINES.sub("\n\n", source)))
    kind = "ssa" if form == "ass" and "[v4 styles]" in source[:5000].lower() else form
    try:
        events = pysubs2.SSAFile.from_string(
            source, format_=kind, keep_html_tags=True, keep_unknown_html_tags=True
        ).events
    except (pysubs2.Pysubs2Error, ValueError, IndexError, KeyError) as error:
        raise damaged(name, form.upper()) from error
    said = [
        (event.start, _spoken(event, form))
        for event in events
        if not (event.is_comment or DRAWING.search(event.text))
    ]
    return [(start, text) for start, text in said if text]


def _spoken(event: "SSAEvent", form: str) -> str:
    """One cue's words without tags, those of each speaker behind the name where it is given."""
    text = OVERRIDES.sub("", event.text) if form == "ass" or "{\\" in event.text else event.text
    text = (
        text.replace("\\N", "\n")
        .replace("\\n", "\n" if form == "ass" else "\\n")
        .replace("\\h", " ")
    )
    if form == "ass":
        turns = _named_turns(" ".join(event.name.split()), text)
    else:
        turns = _voices(text)
    said = [said_by(name, _plain(piece, form)) for name, piece in turns]
    return "\n".join(line for line in said if line)


def _voices(text: str) -> list[tuple[str, str]]:
    """(name, words) of each voice of a WebVTT cue in order; name "" for what no voice has.

    A voice reaches to its end tag or to the next voice, whichever comes first (W3C, "WebVTT: The
    Web Video Text Tracks Format", 6.4). The hyphen of a turn before a named voice is dropped: the
    name says what it said.
    """
    found, name, at = [], "", 0
    for tag in VOICE.finditer(text):
        found.append((name, text[at : tag.start()]))
        name, at = " ".join(html.unescape(tag[1] or "").split()), tag.end()
    found.append((name, text[at:]))
    kept = []
    for number, (name, piece) in enumerate(found):
        followed = number + 1 < len(found) and found[number + 1][0]
        if (
            followed
            and (turn := piece.rpartition("\n")[2])
            and turn.strip(" \t") in ("-", "–", "‐")
        ):
            piece = piece[: len(piece) - len(turn)]
        kept.append((name, piece))
    return kept


def _named_turns(name: str, text: str) -> list[tuple[str, str]]:
    """(name, words) of an ASS event, whose Name field stands for the whole of it.

    Where two lines begin with a hyphen two people speak: each gets a name of its own if the field
    has as many, else none gets one, since whose it is cannot be told.
    """
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines) if TURN.match(OVERRIDES.sub("", line))]
    if not name or len(starts) < 2 or starts[0] != 0:
        return [(name, text)]
    names = NAMES.split(name)
    if len(names) != len(starts):
        return [("", text)]
    pieces = [
        "\n".join(lines[start:end])
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)
    ]
    return [(who, TURN.sub("", piece, count=1)) for who, piece in zip(names, pieces, strict=True)]


def _plain(text: str, form: str) -> str:
    """Words without tags, ruby and spaces at the ends of lines; the same line twice stands once."""
    text = TAGS.sub("", RUBY.sub("", text))
    text = html.unescape(text) if form == "vtt" else text
    lines = [
        " ".join(line.split()) if not CJK.search(line) else line.strip()
        for line in text.split("\n")
    ]
    return "\n".join(line for line, _ in groupby(lines) if line)
