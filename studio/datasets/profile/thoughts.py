"""What a reasoning model thought, left in the words of a reply."""

import re

from studio.datasets.profile.finding import Check
from studio.datasets.profile.seen import Seen

OPEN = re.compile(r"<(?:think|thinking|thought|reasoning)>", re.I)
CLOSE = re.compile(r"</(?:think|thinking|thought|reasoning)>", re.I)
ALOUD = re.compile(
    r"\A\s*(?:(?:okay|ok|alright|hmm|right|well)[,.] (?:so )?(?:the user|let me think"
    r"|let['’]s (?:see|think)[,.]|i need to (?:figure|answer|write|respond))"
    r"|(?:first, )?the user (?:is asking|wants me|asks|has asked|asked)\b"
    r"|(?:好的?|嗯|首先|那么)?[，,。 ]{0,2}用户(?:现在|这次)?(?:想|问|要求|希望|让我"
    r"|需要我|的问题是|询问|正在)"
    r"|(?:好的?|嗯)[，,。 ]{0,2}我(?:现在)?(?:需要|得|来)(?:先)?(?:分析|思考|想想|理解"
    r"|处理)(?:一下)?(?:用户|这个问题))",
    re.I,
)


class Thoughts(Check):
    """Thoughts that lost their marks, or are all there is."""

    name = "thoughts"
    what = (
        "A thought stands among the words of the reply: a <think> that is never closed, a lone "
        "</think>, or “Okay, the user wants …” without marks"
    )
    do = "Take the thought out; a row that holds nothing else is dropped"
    fix = "strip_thought"

    def find(self, row: Seen) -> tuple[str, int, int, str] | None:
        """Look at the marks of each reply."""
        for reply in row.wanted:
            if found := leftover(reply):
                return reply, found.start(), found.end(), ""
        return None


def leftover(reply: str) -> re.Match[str] | None:
    """Where a thought is not closed off from the answer."""
    if "<" in reply:
        opened, closed = OPEN.findall(reply), CLOSE.findall(reply)
        if len(opened) != len(closed):
            return (OPEN if len(opened) > len(closed) else CLOSE).search(reply)
        if opened and not CLOSE.split(reply)[-1].strip():
            return OPEN.search(reply)
    return ALOUD.match(reply[:200])


def without(reply: str) -> str:
    """A reply without its leftover thought; "" where nothing else is certain to be the answer."""
    if not leftover(reply):
        return reply
    if CLOSE.search(reply):
        return CLOSE.split(reply)[-1].strip()
    return OPEN.split(reply)[0].strip() if OPEN.search(reply) else ""
