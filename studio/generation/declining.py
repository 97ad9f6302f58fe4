"""Answers that decline: as a model does, or since the text "does not say" it."""

import re

from studio.datasets.profile import declined

HEAD = 160  # characters of an answer in which it says so
SILENT = re.compile(
    r"(?:the |this )?(?:provided |given )?(?:text|passage|context|document|excerpt|article)"
    r" (?:does(?:n['’]t| not)|do(?:n['’]t| not)) (?:\w+ )?(?:mention|contain|provide|say|state"
    r"|specify|include|give)\b"
    r"|\bi (?:can(?:['’]t|not| not)|am unable to|['’]m unable to|could(?:n['’]t| not))"
    r" (?:\w+ )?(?:answer|determine|find|tell)\b[^.!?\n]{0,60}"
    r"\b(?:question|text|passage|context|document|information)\b"
    r"|(?:原文|文[中本章]|文段|段落|材料|上下文|资料)[^。！？\n]{0,8}"
    r"(?:没有|并?未|并没有)(?:明确)?(?:提及|提到|说明|提供|给出|涉及)"
    r"|(?:根据|基于)[^。！？\n]{0,16}(?:文[本中章]|内容|信息|材料|上下文|资料|段落)[，,]?\s*我?(?:们)?"
    r"(?:暂时|目前)?(?:无法|不能|没有办法)(?:回答|确定|得知|判断|提供|找到)",
    re.I,
)


def declines(text: str) -> bool:
    """Whether a text declines to answer instead of answering."""
    return bool(declined.declines(text) or SILENT.search(text[:HEAD]))
