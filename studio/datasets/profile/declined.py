"""Replies in which a model declined instead of answering."""

import re

from studio.datasets.profile.finding import Check
from studio.datasets.profile.seen import Seen

HEAD = 240  # characters of a reply in which a refusal begins
ASSISTANT = (
    r"(?:an? )?(?:\w+ )?(?:AI|A\.I\.|artificial intelligence|(?:large )?language model|LLM|chatbot"
    r"|(?:virtual|digital) assistant)\b"
)
SORRY = (
    r"(?:(?:unfortunately|i(?:['’]m| am) (?:really |very |so |truly )?sorry|sorry"
    r"|(?:my )?apologies|i apologi[sz]e(?: for [^,.!]{1,40})?)[,.!;]?\s*(?:but |however,? )?)"
)
CANNOT = (
    r"(?:can(?:['’]t|not| not)|could(?:n['’]t| not)|(?:['’]m| am) (?:unable|not able|not allowed"
    r"|not permitted|not programmed|not designed) to|won['’]t(?: be able to)?"
    r"|do(?:n['’]t| not) have the ability to|must decline to|do(?:n['’]t| not) feel comfortable)"
)
THING = (
    r"(?:requests?|information|content|instructions?|assistance|advice|guidance|material"
    r"|responses?|details|services?|tasks?|prompts?|stor(?:y|ies)|code|examples?)"
)
ASKED = (
    r"(?:(?:assist|help)(?: you)? (?:with|in) (?:that|this|your|such|any|these|those|creating"
    r"|finding|requests?)\b"
    r"|(?:fulfill?|comply with|complete|process|accommodate|provide|generate|create|produce|write"
    r"|offer|share|give|answer|respond to|support|creating|providing|generating)\b"
    rf"[^.!?\n]{{0,70}}?\b{THING}\b"
    r"|(?:engage|participate) in (?:that|this|any|such)|browse the (?:internet|web)"
    r"|access (?:the internet|real[- ]time|external|current)|discuss (?:that|this) topic"
    r"|continue (?:with )?this conversation)"
)
ENGLISH = re.compile(
    rf"\A[\W_]*{SORRY}?as {ASSISTANT}[^.!?\n]{{0,70}}\b(?:i\b|my\b)"
    rf"|\A[\W_]*{SORRY}?i ?{CANNOT} (?:directly |currently )?{ASKED}"
    rf"|\bi(?:['’]m| am) (?:just |only |merely )?{ASSISTANT}[^!?\n]{{0,80}}"
    r"\b(?:can['’]?t|cannot|don['’]t|do not|unable|not able)\b",
    re.I,
)
MACHINE = (
    r"(?:人工智能|AI|大?型?语言模型|大模型|智能助[手理]|虚拟助[手理]|聊天机器人|AI助[手理]"
    r"|机器人|智能客服)"
)
UNABLE = r"(?:无法|不能够?|没(?:有)?办法|不便|不可以|没有(?:能力|权限|个人|情感|感情|主观))"
DOING = (
    r"(?:提供|回答|协助|满足|生成|完成|处理|讨论|访问|执行|给出|参与|支持|创作|浏览|联网|查询"
    r"|帮助(?:您|你|完成)|为(?:您|你)(?:提供|生成|完成|解答|服务)|帮(?:您|你)(?:完成|处理|生成|实现)"
    r"|继续(?:这个|该|此)|对此|就此|直接)"
)
OBJECT = (
    r"(?:您|你)?的?(?:(?:这|那|该|此|相关|任何|有关|关于|具体|涉及|上述|以上)[^。！？\n]{0,24}"
    r"|请求|问题|要求|需求|内容|信息|服务|帮助|建议|实时|互联网|外部|指令|任务)"
)
CHINESE = re.compile(
    rf"\A[\W_]*(?:(?:非常|很|十分|实在)?(?:抱歉|对不起|遗憾|不好意思)[，,。！!\s]*)?(?:但是?)?"
    rf"(?:我)?作为(?:一[个名款位种])?[^，。\n]{{0,8}}{MACHINE}[^。！？\n]{{0,40}}{UNABLE}"
    rf"|\A[\W_]*(?:非常|很|十分|实在)?(?:抱歉|对不起|遗憾|不好意思)[，,。！!\s]*(?:但是?)?"
    rf"(?:目前|暂时)?(?:我们?|本助手|本系统|这个|该|您|你)?[^，。！？\n]{{0,16}}?{UNABLE}"
    rf"(?:直接)?{DOING}{OBJECT}"
    rf"|\A[\W_]*我(?:目前|暂时)?(?:还)?(?:无法|不能){DOING}{OBJECT}"
    rf"|我(?:只|仅)?(?:是|只是|仅是)(?:一[个名款位种])?[^，。\n]{{0,8}}{MACHINE}[^。！？\n]{{0,40}}{UNABLE}"
)


class Refusals(Check):
    """Replies that decline."""

    name = "refusals"
    what = (
        "The reply declines, as in “As an AI language model, I cannot …”. A model that learns from "
        "it declines too"
    )
    do = "Drop these rows, or write the answers"
    fix = "drop"

    def find(self, row: Seen) -> tuple[str, int, int, str] | None:
        """Look at how each reply begins."""
        for reply in row.wanted:
            if found := declines(reply):
                return reply[:HEAD], found.start(), found.end(), ""
        return None


def declines(reply: str) -> re.Match[str] | None:
    """Where a reply says that a model declines; None for one that answers, or apologises as a
    person does.
    """
    head = reply[:HEAD]
    return ENGLISH.search(head) or (None if head.isascii() else CHINESE.search(head))
