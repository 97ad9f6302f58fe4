"""How a speaker is written at the head of a script line: `皇帝（笑）：`, `**TOM:**`, `Hamlet.`,
`鲁　贵　`, `【皇帝】`.
"""

import re
from dataclasses import dataclass

from studio.dialogue.lexicon import SURNAMES_ZH
from studio.text.scripts import has_chinese
from studio.text.speech import SPEECH_ZH, TAGS_EN

STAGE = r"[（(【\[〔][^）)】\]〕\r\n]{0,120}[）)】\]〕]"
NO_NAME = r"\s:：﹕∶；;，。！？!?,…“”\"「」『』（）()\[\]【】〔〕<>《》=|*#~—"
COLONS = ":：﹕∶"
LABEL = re.compile(
    r"(?:[-–•>]{1,2}\s*)?(?:\d{1,4}\s*[.、]\s*"
    r"|\d{1,5}\s*[楼樓]\s*[:：.、]?\s*)?(?P<bold>[*_]{1,3})?\s*"
    rf"(?P<name>[^{NO_NAME}/\\_](?:[^{NO_NAME.replace(chr(92) + 's', '')}\r\n]{{0,38}}[^{NO_NAME}"
    rf"/\\_])?)"
    rf"\s*[*_]{{0,3}}\s*(?P<stage>(?:{STAGE}\s*)*)[*_]{{0,3}}\s*"
    rf"(?P<mark>[:：﹕∶；;])[:：]?\s*[*_]{{0,3}}\s*"
)
DOTTED = re.compile(
    r"_?(?P<name>[A-Z][A-Za-z’']*(?:[ -](?:[A-Z][A-Za-z’']*|of|the|and|&))*)"
    r"(?P<mark>\.)_?(?P<stage>)(?=\s+[\[(“\"‘'\w—-]|\s*$)\s*"
)
STAGED = re.compile(
    r"(?P<name>[A-Z][A-Z’'.\-]*(?: (?:[A-Z][A-Z’'.\-]*|of|the|and"
    r"|&)){0,3})\s*(?P<stage>(?:[\[(][^\])\r\n]{1,120}[\])]\s*)+)(?P<mark>)[.:]?\s+(?=\S)"
)
SPACED = re.compile(
    r"(?P<name>[\u3400-\u9fff·]{2,5}|[\u3400-\u9fff][ \u3000]{1,2}[\u3400-\u9fff])"
    rf"(?P<mark>(?:\u3000|\t| {{2}})[ \u3000\t]*)(?P<stage>(?:{STAGE}\s*)*)(?=\S)"
)
BRACKETED = re.compile(
    rf"[【\[](?P<name>[^{NO_NAME}\d/\\][^{NO_NAME.replace(chr(92) + 's', '')}\r\n]{{0,23}})(?P<mar"
    rf"k>[】\]])\s*[:：]?(?P<stage>)\s*(?=\S)"
)
CELLED = re.compile(
    rf"(?:\|\s*(?:\d{{1,5}}\s*\|\s*)?(?:\*\*)?(?=[^\n|]{{1,30}}\|)|(?=[^\n\t|]{{1,30}}\t))"
    rf"(?P<name>[^{NO_NAME}\d/\\][^{NO_NAME.replace(chr(92) + 's', '')}\t\r\n]{{0,29}}?)"
    rf"(?:\*\*)?[ ]*(?P<mark>[|\t])(?P<stage>)\s*(?=[^\s|])"
)
SPOKE = re.compile(rf"(?:{SPEECH_ZH.pattern}|云|想|\b(?:{TAGS_EN}))$")
# A surname and one of these is a person: 赵云, 何笑, 张启.
SPOKE_OR_NAME = frozenset("云笑想启夸奏教")
NOT_LABELS = frozenset(
    "注 附注 备注 时间 地点 人物 场景 布景 出场人物 登场人物 作者 编剧 导演 出品 来源 标题 字幕 "
    "提示 主演 道具 音乐 音效 灯光 场记 前情提要 故事梗概 http https note notes time place "
    "setting characters title author".split()
)
NOT_DOTTED = frozenset(
    "mr mrs ms dr st rev hon capt col gen messrs prof yes no oh ah he she it they we you i well "
    "so but and then now here there nothing never chapter act scene book part exit exeunt enter "
    "stop good right indeed certainly what why how finis end".split()
)
NARRATORS = frozenset(
    "旁白 画外音 话外音 解说 解说词 舞台提示 字幕 幕后 narrator narration stage chorus-line".split()
)
VOICE = re.compile(
    r"\s*(?:画外音?|话外音?|旁白|内心独白|独白|心声|内心"
    r"|[（(]?\s*(?<![A-Za-z])[oOvV]\.?\s*[sSoO]\.?\s*[)）]?|\s[（(]?CONT[’']?D[)）]?)$"
)
INNER = re.compile(
    r"内心|独白|心声|心想|心里|暗想|\bthinks?\b|\bthinking\b|to (?:him|her)self|aside to self"
)
CHINESE_OS = re.compile(r"(?<![A-Za-z])O\.?S\.?(?![A-Za-z])", re.IGNORECASE)
TOGETHER = re.compile(r"\s*(?:[、/＆&+＋]|\band\b)\s*")
AND_ZH = re.compile(r"[和与跟]")
# A line that can be a name in capitals; whether it is in capitals is asked of its letters.
CAPS = re.compile(
    r"(?P<name>[^\W\d_][\w .'’&/#\-]{0,34}?)(?P<stage>\s*\([^)\n]{0,60}\))*\s*\^?[.:]?$"
)
NOT_CUES = re.compile(
    r"(?:FADE|CUT|DISSOLVE|SMASH|MATCH|WIPE|IRIS|THE END|END OF|TITLE|SUPER|MONTAGE|INTERCUT"
    r"|CONTINUED|CONTINUES|MORE|OMITTED|CREDITS|BACK TO|LATER)\b"
)


@dataclass(frozen=True)
class Label:
    """A speaker's name at the head of a line: as it is written, its bracketed directions, its mark,
    the length of all.
    """

    name: str
    stage: str
    mark: str
    length: int


def label(body: str) -> re.Match[str] | None:
    """The `NAME（stage）：` at the head of a line, or None when the line has none."""
    match = LABEL.match(body)
    return match if match and is_name(match["name"].strip()) else None


def is_name(name: str) -> bool:
    """Whether the words before a colon can be a person: no note, no number, no sentence, no verb of
    speech.
    """
    if name.casefold() in NOT_LABELS or not any(c.isalpha() for c in name):
        return False
    parts = [p for p in TOGETHER.split(name) if p]
    if has_chinese(name):
        longest = 8 if len(parts) > 1 else 12
        if any(
            len(p) > longest or (" " in p and not is_spread(p) and not VOICE.search(p))
            for p in parts
        ):
            return False
    elif not (len(name.split()) <= 6 and name[0].isupper()):
        return False
    if name[-1] in SPOKE_OR_NAME and len(name) in (2, 3) and name[0] in SURNAMES_ZH:
        return True
    return not (len(name) > 1 and SPOKE.search(name))  # 王平说：“…” is a sentence of a novel


def is_spread(name: str) -> bool:
    """Whether a Chinese name of two characters was set wide: `鲁　贵`."""
    return len(name) <= 4 and len(name.split()) == 2 and all(len(c) == 1 for c in name.split())


def dotted(body: str) -> Label | None:
    """`HAMLET.

    To be` or `THE MOTHER [aside] Not so long` of printed plays; the caller asks whether such labels
    come back often enough.
    """
    match = DOTTED.match(body) or STAGED.match(body)
    if (
        not match
        or match["name"].casefold() in NOT_DOTTED
        or not 1 < len(match["name"])
        or len(match["name"].split()) > 4
    ):
        return None
    return Label(match["name"], match["stage"], ".", match.end())


def spaced(body: str) -> Label | None:
    """`周朴园　你来干什么？`: a Chinese name, a wide space, the line."""
    match = SPACED.match(body)
    return Label(match["name"], match["stage"] or "", " ", match.end()) if match else None


def bracketed(body: str) -> Label | None:
    """`【皇帝】你来干什么？` of subtitles; the caller asks whether such labels come back often
    enough.
    """
    match = BRACKETED.match(body)
    return (
        Label(match["name"].strip(), "", "]", match.end())
        if match and is_name(match["name"].strip())
        else None
    )


def celled(body: str) -> Label | None:
    """`| Tom | I see. |` and `Tom`, a tab, `I see.` of tables; the caller asks whether such labels
    come back often enough.
    """
    match = CELLED.match(body)
    return (
        Label(match["name"].strip(), "", "|", match.end())
        if match and is_name(match["name"].strip())
        else None
    )


def casual(body: str) -> Label | None:
    """`ann_88: hi` and `2号: 在` of chats, whose names are no words of a book; the caller asks
    whether nearly all lines begin so.
    """
    match = LABEL.match(body)
    if not match or match["mark"] not in COLONS or body.startswith("//", match.end("mark")):
        return None
    name = match["name"].strip()
    if name.casefold() in NOT_LABELS or len(name.split()) > 4:
        return None
    quoted = body.startswith(("“", "「", "『", '"'), match.end())
    if quoted and has_chinese(name) and len(name) > 1 and SPOKE.search(name):
        return None  # 王平说：“…” is a sentence of a novel; 爱笑：在 is a message
    return Label(name, match["stage"], match["mark"], match.end())


def plain_name(name: str) -> str:
    """A label without what says how the voice is heard: `皇帝画外音`, `TOM (V.O.)`, `鲁　贵`."""
    name = name.strip(" *_.@^\u3000")
    if is_spread(name):
        name = "".join(name.split())
    while (shorter := VOICE.sub("", name).strip()) and shorter != name:
        name = shorter
    return name


def is_inner(name: str, stage: str) -> bool:
    """Whether a label says that its line is thought, not spoken: 内心独白, OS in Chinese scripts,
    `thinking`.
    """
    if INNER.search(stage) or INNER.search(name):
        return True
    return has_chinese(name) and bool(CHINESE_OS.search(name + stage))
