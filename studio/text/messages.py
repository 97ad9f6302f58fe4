"""What a message of a chat holds beside words, whatever file it comes in: pictures, calls, deleted
messages, the program's own voice.

Wordings after the exports of WhatsApp, Telegram, WeChat, QQ, LINE and Discord.
"""

import re

# Marks of the writing direction, which phones put before names and lines.
UNSEEN = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
# A message that is one thing in brackets is a picture or the like, in any language:
# <Media omitted>, <adjunto: 2.jpg>, [图片], [ Photo ].
MEDIA = re.compile(
    rf"[{UNSEEN}]|<[^<>\r\n]{{2,120}}>$|\[\s[^\[\]\r\n]{{1,120}}\s\]$"
    r"|[\[【](?:图片|圖片|照片|表情|动画表情|貼圖|语音|語音|视频|影片|文件|檔案|链接|位置|红包|转账|名片|闪照"
    r"|聊天记录|合并转发|小程序|音乐|スタンプ|写真|動画|ボイスメッセージ|사진|동영상|이모티콘"
    r"|[Pp]hoto|[Vv]ideo|[Ss]ticker|[Vv]oice|[Aa]udio|[Ff]ile|GIF|[Ll]ocation|[Cc]ontact)"
    r"[^\]】]{0,40}[\]】]$"
    r"|[^\r\n<>|?*]{1,120}\.(?:jpe?g|png|webp|gif|heic|mp4|3gp|mov|opus|ogg|m4a|mp3|aac|amr|pdf|vcf"
    r"|docx?|xlsx?|pptx?|zip|apk|txt)\s*[(（][^()（）\r\n]{3,40}[)）]$"
    r"|(?:image|video|audio|sticker|GIF|document|Contact card) omitted$|null$"
    r"|☎|(?:Missed|Silenced) (?:voice|video|group) call|(?:Voice|Video) call\b.{0,30}$"
    r"|Messages and calls are end-to-end encrypted|Waiting for this message"
    r"|Pinned a message\.|Started a call that lasted|Joined the server\."
)
DELETED = re.compile(
    r"(?:This message was deleted|You deleted this message|Message deleted"
    r"|Se eliminó este mensaje|Eliminaste este mensaje|Diese Nachricht wurde gelöscht"
    r"|Du hast diese Nachricht gelöscht|Ce message a été supprimé|Vous avez supprimé ce message"
    r"|Questo messaggio è stato eliminato|Mensagem apagada|Esta mensagem foi apagada"
    r"|Данное сообщение удалено|此消息已(?:被)?删除|你已?删除了?此(?:条)?消息|此訊息已刪除"
    r"|你已刪除此訊息)\.?$"
)
# Who writes for the program itself.
PROGRAMS = frozenset(
    "系统消息 系统提示 系统 群通知 群助手 微信团队 服务通知 system whatsapp telegram".split()
)


def is_wordless(body: str) -> bool:
    """Whether a line of a message is a picture, a call, a deleted message: no words of anyone."""
    return MEDIA.match(body) is not None or DELETED.match(body) is not None
