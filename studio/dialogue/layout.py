"""Which of three layouts a text has: script, novel with quotes, or classical prose without quotes."""

import re
from collections import Counter
from typing import Literal

from studio.dialogue.lines import CJK, Line, is_heading, lines

Layout = Literal["script", "screenplay", "novel", "classical"]
STAGE = r"[（(【\[〔][^）)】\]〕\r\n]{0,120}[）)】\]〕]"
LABEL = re.compile(
    r"(?:\d{1,4}\s*[.、]\s*)?(?P<name>[^\s:：；;，。！？!?,…“”\"「」『』（）()\[\]【】<>《》=/\\|*#~—]"
    r"(?:[^:：；;，。！？!?,…“”\"「」『』（）()\[\]【】<>《》=/\\|*#~\r\n]{0,38}[^\s:：；;，。！？!?,…“”\"「」『』（）()\[\]【】<>《》=/\\|*#~—])?)"
    rf"\s*(?P<stage>(?:{STAGE}\s*)*)(?P<mark>[:：；;])\s*"
)
SPOKE = re.compile(r"(?:[说說道问問喊叫曰云笑叹嘆骂罵想]|答|said|says|asked|replied|cried)$")
NOT_LABELS = frozenset("注 附注 备注 时间 地点 人物 场景 布景 出场人物 登场人物 作者 编剧 导演 出品 来源 标题 字幕 提示 http https".split())
NARRATORS = frozenset("旁白 画外音 解说 舞台提示 narrator narration stage".split())
CAPS = re.compile(r"(?P<name>[A-Z][A-Z0-9 .'’\-]{1,34}?)(?P<stage>\s*\([^)\n]{0,60}\))*\.?$")
CLASSICAL = re.compile(r"[道曰][:：]\s*(?![“「『\"‘])")


def label(body: str) -> re.Match[str] | None:
    """The `NAME（stage）：` at the head of a line, or None when the line has none."""
    match = LABEL.match(body)
    if not match:
        return None
    name = match["name"].strip()
    if name.casefold() in NOT_LABELS or not any(c.isalpha() for c in name):
        return None
    chinese = bool(CJK.search(name))
    if chinese and (len(name) > 12 or " " in name):
        return None
    if not chinese and not (len(name.split()) <= 5 and name[0].isupper()):
        return None
    if len(name) > 1 and SPOKE.search(name):
        return None  # 王平说：“…” is a sentence of a novel
    return match


def detect(text: str) -> Layout:
    """The layout of a document: by the share of labelled lines, then by its quote marks."""
    rows = lines(text)
    bodies = [text[row.start:row.end] for row in rows]
    if _script_share(bodies) >= 0.5:
        return "script"
    if _is_screenplay(bodies, rows):
        return "screenplay"
    quotes = sum(text.count(mark) for mark in "“「『") + text.count('"') // 2 + text.count("‘")
    if len(CLASSICAL.findall(text)) >= max(3, 2 * quotes):
        return "classical"
    return "novel"


def _script_share(bodies: list[str]) -> float:
    """The share of lines with a label, among lines that are neither headings nor stage directions."""
    plain = [b for b in bodies if not is_heading(b) and not re.fullmatch(rf"(?:{STAGE}|[△▲◎].*)", b)]
    labels = [m["name"].strip() for b in plain if (m := label(b)) and m["mark"] in ":："]
    if not labels or _is_list(labels):
        return 0.0
    return len(labels) / len(plain)


def _is_list(labels: list[str]) -> bool:
    """Whether the labels hardly ever come back: a list of terms or a form, not persons who talk."""
    total, different = len(labels), len(set(labels))
    most = Counter(labels).most_common(1)[0][1]
    return (total > 6 and most < 3) or (total > 40 and different > 0.7 * total)


def is_cue(bodies: list[str], rows: list[Line], index: int) -> bool:
    """Whether a line is a speaker's name in capitals with speech in the very next line."""
    if index + 1 >= len(rows) or rows[index + 1].blanks or is_heading(bodies[index]):
        return False
    return bool(CAPS.match(bodies[index])) and not bodies[index + 1].isupper()


def _is_screenplay(bodies: list[str], rows: list[Line]) -> bool:
    cues = Counter(bodies[i].split("(")[0].strip(" .") for i in range(len(rows)) if is_cue(bodies, rows, i))
    total = sum(cues.values())
    return total >= 4 and total >= 0.12 * len(rows) and len(cues) * 2 <= total
