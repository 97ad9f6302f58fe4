"""What stands in exports of chats and was said by nobody: notices of the program, media, replies.

Names and wordings after the exports of WhatsApp, Telegram, WeChat, QQ, LINE and Discord.
"""

import re
from collections import Counter

from studio.text.messages import PROGRAMS, UNSEEN
from studio.text.scripts import has_chinese

EDITED = re.compile(
    rf"[\s{UNSEEN}]*<[^<>\r\n]{{0,40}}(?:edited|bearbeitet|editado|editada|editó|modifié|modificato"
    r"|изменено|编辑|編輯)[^<>\r\n]{0,20}>$"
)
# The line above a message that says what it answers or where it comes from.
REPLY = re.compile(
    r"\[(?:In reply to|Reply to|Replying to|Forwarded (?:from|message)|Antwort auf|Weitergeleitet"
    r"|En respuesta a|En réponse à|В ответ на|回复|回覆|转发自|轉發自)[^\]\r\n]{0,80}\]$"
)
QUOTED = re.compile(
    r"「[^:：\r\n]{1,40}[:：]"
)  # WeChat's reply: 「name：…」 over a line of hyphens
QUOTE_END = re.compile(r"(?:-\s*){5,}$")
# DiscordChatExporter's parts of a message behind its words.
APPENDED = re.compile(r"\{(?:Attachments|Embed|Embeds|Stickers|Reactions|Forwarded Message)\}$")
NOTICE = re.compile(
    rf"[{UNSEEN}]"
    r"|.{0,40}(?:撤回了一条消息|收回了?一?則?訊息|拍了拍|加入了?(?:本)?群聊?|退出了?(?:本)?群聊?|修改群名"
    r"|领取了.{0,20}红包|邀请.{1,40}加入|与群里其他人都不是(?:微信)?朋友关系|开启了朋友验证)"
    r"|-!-|\*{1,3}\s|-->|<--"
    r"|.{0,60}(?:end-to-end encrypted|has joined|has left|was added|changed the subject)"
)
PARTICLES = frozenset("de da di del della van von der den la le bin al el y e und and i of".split())
CHANGES_ZH = re.compile(
    r"(?:已|将|把)?(?:修改|更改|更换|变更|設定|设置|创建|建立|邀请|邀請|移除|添加|加入|撤回|拍了拍|发布|置顶)"
)
YOU = re.compile(
    r"(?:You|Du hast|Has|Vous avez|Hai|Você|Вы|你|您)(?:\s+[a-zà-ÿа-я]|已|将|把|修改|更改|创建)"
)


def notices_among(names: Counter[str]) -> frozenset[str]:
    """Of what stands before a colon behind a time, that which is no writer: a notice of the program
    such as `Bob changed the description to`.

    A name does not hold a quote mark, nor does it go on in small letters behind a writer's name.
    """
    return frozenset(name for name in names if _is_notice(name, names))


def _is_notice(name: str, names: Counter[str]) -> bool:
    if name.casefold() in PROGRAMS or re.search('["“”„«»「」]', name):
        return True
    if YOU.match(name) and names[name] < 3:
        return True
    if names[name] > 2:
        return False
    words = name.split()
    for count in range(1, len(words)):
        writer, rest = " ".join(words[:count]), words[count]
        if writer in names and rest[0].islower() and rest.casefold() not in PARTICLES:
            return True
    if has_chinese(name):
        return any(
            name.startswith(other)
            and name != other
            and CHANGES_ZH.match(name[len(other) :].strip())
            for other in names
        )
    small = [word for word in words[1:] if word[0].islower() and word.casefold() not in PARTICLES]
    return len(small) >= 3
