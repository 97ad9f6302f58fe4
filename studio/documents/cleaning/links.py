"""Web addresses: in a sentence the address goes, a line that only tells an address goes whole.

An e-mail address inside a sentence stays (masking is another step); a line "E-mail: x@site.com"
goes.
"""

import re
from collections.abc import Iterator

from studio.documents.cleaning.edits import Edit
from studio.documents.cleaning.spec import CleanSpec

REST = r"[A-Za-z0-9\-._~:/?#@!$&'*+,;=%]"
TLD = r"(?:com|net|org|cn|cc|info|xyz|top|me|la|vip|co|io|tv|biz)(?:\.(?:cn|hk|tw|uk))?"
URL = (
    rf"(?:(?:https?|ftp)://|www[.。．·])(?:{REST}|\([A-Za-z0-9_\-]{{1,40}}\)"
    rf"|[。．](?=[A-Za-z0-9])){{2,2000}}+"
)
BARE = (
    rf"(?-i:(?<![A-Za-z0-9@._/\-])(?:[a-z0-9][a-z0-9\-]{{1,40}}\.){{1,3}}{TLD}"
    rf"(?![A-Za-z0-9@.\-])(?:/{REST}{{0,500}}+)?)"
)
ADDRESS = re.compile(
    (
        rf"(?P<md>!?\[(?P<text>[^\[\]\n]{{0,200}})\]\((?:https?|ftp)://[^\s()]{{1,1000}}\))"
        rf"|(?P<url>{URL})|(?P<bare>{BARE})"
    ),
    re.IGNORECASE,
)
MAIL_LINE = re.compile(
    (
        r"^[^\n@]{0,20}?(?:e-?mail|邮箱|电邮|信箱|联系"
        r"|contact)[^\n@]{0,12}[\w.+\-]{1,64}@[\w\-]{1,64}(?:\.[\w\-]{1,30}){1,4}[^\n]{0,6}$"
    ),
    re.IGNORECASE | re.MULTILINE,
)
TRAILING = ".,;:!?'*_~-"
# What a line may hold besides, and still be about the address alone.
ABOUT = re.compile(
    (
        r"[\s\W_]*+(?:(?:本书|本文|小说|电子书|文件|资料|内容|更多|精彩|最新|全文|下载|首发|来自"
        r"|来源|转载|摘自|出处|网址|网站|官网|地址|域名|链接|主页|请|访问|登录|登陆|浏览|关注|由"
        r"|自|于|在|到|的|和|from|source|visit|see|url|website|web|site|link|download(?:ed)?|at|by"
        r"|homepage)[\s\W_]*+){0,12}"
    ),
    re.IGNORECASE,
)


def find(text: str, spec: CleanSpec) -> Iterator[Edit]:
    """Edits that take addresses out."""
    done = 0
    mails = (m.span() for m in MAIL_LINE.finditer(text)) if "@" in text else iter(())
    mail = next(mails, None)
    for found in ADDRESS.finditer(text):
        while mail and mail[1] <= found.start():
            yield from _mail(text, mail, done)
            done, mail = max(done, mail[1] + 1), next(mails, None)
        if found.start() < done or (mail and mail[0] <= found.start()):
            continue
        edit = _edit(text, found, done)
        done = edit.end
        yield edit
    while mail:
        yield from _mail(text, mail, done)
        done, mail = max(done, mail[1] + 1), next(mails, None)


def _mail(text: str, span: tuple[int, int], done: int) -> Iterator[Edit]:
    if span[0] >= done:
        yield Edit(span[0], min(len(text), span[1] + 1), "")


def _edit(text: str, found: re.Match[str], done: int) -> Edit:
    """A Markdown link keeps its words; another address goes, with its whole line where nothing else
    is told there.
    """
    if found["md"]:
        return Edit(
            found.start(), found.end(), "" if found["md"].startswith("!") else found["text"]
        )
    start, end = found.span()
    while end > start and text[end - 1] in TRAILING:
        end -= 1
    line_start, line_end = (
        text.rfind("\n", max(0, start - 120), start) + 1,
        text.find("\n", end, end + 120),
    )
    whole = line_end >= 0 or len(text) - end < 120
    line_end = line_end if line_end >= 0 else len(text)
    if (line_start or start < 120) and whole and line_start >= done:
        if ABOUT.fullmatch(text[line_start:start]) and ABOUT.fullmatch(text[end:line_end]):
            return Edit(line_start, min(len(text), line_end + 1), "")
    if text[start - 1 : start] == "<" and text[end : end + 1] == ">" and start - 1 >= done:
        return Edit(start - 1, end + 1, "")
    return Edit(start, end, "")
