"""What was meant to be replaced before anyone reads it: placeholders, drafts, markup."""

import html
import re

from studio.datasets.profile.finding import Check
from studio.datasets.profile.personal_data import KINDS
from studio.datasets.profile.seen import Seen, without_code

FIELDS = (
    "(?:your|user|first|last|company|product)?[ _-]?name|author|company"
    "|date|address|city|email|phone|number|title|product|organi[sz]ation|url|link"
    "|姓名|名字|你的名字|您的姓名|作者|公司|公司名称|日期|地址|城市|电话|邮箱|产品名称?|学校|单位"
)
PLACEHOLDER = re.compile(
    r"\{\{\s*[\w\u4e00-\u9fff .-]{1,40}?\s*\}\}"
    rf"|<(?:{FIELDS})>"
    r"|\[(?:your|my|recipient['’]?s?|sender['’]?s?|client['’]?s?) [^\]\n]{1,30}\]"
    rf"|\[(?:{FIELDS})\]"
    rf"|[【［\[](?:你的|您的|填写|请填写)[^】］\]\n]{{1,20}}[】］\]]|【(?:{FIELDS})】",
    re.I,
)
ABOUT_TEMPLATES = re.compile(
    r"template|jinja|handlebars|mustache|\bvue\b|placeholder|\bhtml\b|\bxml\b|\bcode\b|模板|占位符|代码|标签",
    re.I,
)
DRAFT = re.compile(
    r"\[(?:INSERT|ADD|FILL IN|TO BE|PLACEHOLDER|TODO|TBD|插入|待补充|待填|此处)[^\]\n]{0,60}\]"
    r"|\b(?:TODO|FIXME|TBD)\b(?![- ]?(?:list|app|item|comment|应用|列表|清单))"
    r"|lorem ipsum|【(?:插入|待补充|待填写?|此处填写)[^】\n]{0,30}】"
    r"|（(?:待补充|待填写|此处填写[^）\n]{0,20})）"
    r"|(?<![A-Za-z0-9])(?<!(?i:chapter|article|section) )(?<!(?i:book|part|vol\.) )"
    r"(?<!(?i:canto|psalm) )(?<!(?i:volume|sonnet) )(?<!(?i:act) )X{3,}(?![A-Za-z0-9])(?!\.\s*\n)"
    r"|[\u4e00-\u9fff]x{3,}(?=[\u4e00-\u9fff，。])",
)
INSERT = re.compile(r"\[(?:insert|fill in) [^\]\n]{1,60}\]", re.I)
ABOUT_DRAFTS = re.compile(r"todo|fixme|tbd|lorem|placeholder|占位|待办|roman|罗马", re.I)
TAG = re.compile(
    r"</?(?:p|br|div|span|a|b|i|u|em|strong|font|table|tr|td|th|tbody|thead|ul|ol|li|h[1-6]|img"
    r"|center|blockquote|sup|sub|hr|section|article)(?:\s[^<>]{0,300})?\s*/?>",
    re.I,
)
ENTITY = re.compile(
    r"&(?:nbsp|amp|lt|gt|quot|apos|ldquo|rdquo|lsquo|rsquo|mdash|ndash|hellip|#\d{2,6}|#x[0-9a-f]{2,5});",
    re.I,
)
BREAK = re.compile(r"<br\s*/?>|</(?:p|div|li|tr|h[1-6]|ul|ol|table|blockquote|section)>", re.I)
ABOUT_MARKUP = re.compile(
    r"html|xml|css|svg|\btags?\b|web ?page|website|markdown|javascript|react|\bvue\b|\bjsx?\b"
    r"|\bphp\b"
    r"|escape|entit(?:y|ies)|\bcode\b|标签|网页|代码|转义|实体|前端|爬虫",
    re.I,
)


class Placeholders(Check):
    """Names and values that were never filled in."""

    name = "placeholders"
    what = (
        "A placeholder was left in where a name or a value belongs, as in the identity rows of "
        "LLaMA-Factory"
    )
    do = "Fill in what belongs there"
    fix = "fill"
    bad_from = 0.0

    def see(self, row: Seen) -> None:
        """Look for marks; count a row once a mark."""
        self.looked += 1
        if not any(sign in row.all for sign in "{<[【［"):
            return
        found = placeholders(row)
        for number, mark in enumerate(dict.fromkeys(match[0] for match in found)):
            if number:
                self.kinds[mark] += 1
            else:
                self.hit(row.number, row.all, found[0].start(), found[0].end(), mark)


class Drafts(Check):
    """Notes to oneself."""

    name = "drafts"
    what = "A note of a draft stands in the reply: TODO, XXX, [INSERT …], lorem ipsum"
    do = "Drop these rows, or write what is missing"
    fix = "drop"

    def find(self, row: Seen) -> tuple[str, int, int, str] | None:
        """Look at each reply; rows that speak of drafts are left out."""
        for reply in row.wanted or ([row.reply] if row.kind == "text" else []):
            plain = without_code(reply)
            found = DRAFT.search(plain) or INSERT.search(plain)
            found = found or re.search(r"(?i)lorem ipsum", plain)
            if found and not ABOUT_DRAFTS.search(row.question):
                return reply, found.start(), found.end(), found[0][:30]
        return None


class Markup(Check):
    """HTML that was not taken out."""

    name = "markup"
    what = "Tags or entities of HTML stand in the text, as <br> or &nbsp;"
    do = "Take the tags out and write the characters that the entities stand for"
    fix = "plain_text"

    def find(self, row: Seen) -> tuple[str, int, int, str] | None:
        """Look at all texts without their code."""
        if "<" not in row.all and "&" not in row.all:
            return None
        found = TAG.search(row.plain) or ENTITY.search(row.plain)
        if not found or ABOUT_MARKUP.search(row.question + " " + row.system):
            return None
        return row.all, found.start(), found.end(), found[0][:24]


def placeholders(row: Seen) -> list[re.Match[str]]:
    """Every placeholder of a row; none where it is templates that the row is about."""
    marks = {mark for *_, mark in KINDS}  # in the place of personal data, they are to stay
    found = [one for one in PLACEHOLDER.finditer(row.plain) if one[0] not in marks]
    return [] if found and ABOUT_TEMPLATES.search(row.question) else found


def without_markup(text: str) -> str:
    """Text without tags of HTML and with its entities written out; code stays as it is."""
    plain = without_code(text)
    out, at = [], 0
    for found in sorted([*TAG.finditer(plain), *ENTITY.finditer(plain)], key=lambda f: f.start()):
        out.append(text[at : found.start()])
        if found[0].startswith("&"):
            out.append(html.unescape(found[0]).replace("\xa0", " "))
        elif BREAK.fullmatch(found[0]):
            out.append("\n")
        at = found.end()
    return re.sub(r"\n{3,}", "\n\n", "".join([*out, text[at:]])).strip("\n") if at else text
