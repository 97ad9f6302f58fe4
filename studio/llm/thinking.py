"""The thoughts that reasoning models put before or between their answer, in the marks that servers
leave in the text: `<think>` and its kin (DeepSeek-R1, Qwen3, QwQ), Magistral's `[THINK]`, Kimi's
`◁think▷`, the channels of gpt-oss.

Servers that put the opening mark into the prompt answer with the closing one alone.
"""

import re

from studio.errors import LlmFault

NAMES = r"(?:think(?:ing)?|thoughts?|reasoning|seed:think)"
OPEN = re.compile(rf"<{NAMES}>|\[THINK\]|◁think▷|<\|channel\|>analysis<\|message\|>", re.I)
CLOSE = re.compile(
    rf"</{NAMES}>|\[/THINK\]|◁/think▷"
    r"|(?:<\|end\|>)?(?:<\|start\|>assistant)?<\|channel\|>final<\|message\|>",
    re.I,
)
QUOTED = re.compile(r"```.*?```|`[^`\n]*`", re.S)  # a text that speaks of the marks


def without_thoughts(text: str) -> str:
    """`text` without its thoughts; "" where it is one that does not end.

    A closing mark that no opening one stands before ends a thought that began with the text.
    """
    quoted = [found.span() for found in QUOTED.finditer(text)]

    def plain(mark: re.Pattern[str], begin: int, end: int) -> re.Match[str] | None:
        return next(
            (
                found
                for found in mark.finditer(text, begin, end)
                if not any(low <= found.start() < high for low, high in quoted)
            ),
            None,
        )

    kept, at = [], 0
    while at < len(text):
        opened, closed = plain(OPEN, at, len(text)), plain(CLOSE, at, len(text))
        if closed is None:
            kept.append(text[at : opened.start()] if opened else text[at:])
            break
        if opened is not None and opened.start() < closed.start():
            kept.append(text[at : opened.start()])
        else:  # its opening mark stood in the prompt
            kept = []
        at = closed.end()
    found = "".join(kept)
    return found.lstrip() if found != text else text


def thoughts_alone(tokens: int) -> LlmFault:
    """The model thought and came to no answer."""
    return LlmFault(
        "too_long",
        "The model thought for all of its {tokens} tokens and gave no answer.",
        "Raise max_tokens, or turn the model's thinking off.",
        tokens=tokens,
    )
