"""Who speaks in a text that labels its lines: scripts, screenplays and chat logs."""

from collections import Counter

from studio.dialogue.characters.table import Cast
from studio.dialogue.layouts.chatlog import read_chat
from studio.dialogue.layouts.detect import Kind
from studio.dialogue.layouts.script import read_script
from studio.dialogue.pairs.turns import persons


def label_counts(text: str, kind: Kind) -> Counter[str]:
    """Speeches by speaker as the labels name them; a line that several share counts for each,
    narrators for none.
    """
    found = (
        read_chat(text, Cast([]))
        if kind == "chat"
        else read_script(text, Cast([]), screenplay=kind == "screenplay")
    )
    speeches = {(piece.speech, piece.speaker) for piece in found}
    return Counter(name for _, speaker in speeches for name in persons(speaker))
