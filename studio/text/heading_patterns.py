"""What a heading's line looks like, in Chinese and English: patterns, and the level and kind of
each.
"""

import re
from dataclasses import dataclass
from typing import Literal

from studio.text.punctuation import NEWLINES

Kind = Literal["part", "chapter", "section", "article", "scene", "heading"]
# Smaller levels stand above larger ones. Markdown's # to ###### have the levels 1 to 6, whatever
# they name.
LEVELS: dict[str, tuple[int, Kind]] = {
    "部": (10, "part"),
    "部分": (11, "part"),
    "卷": (12, "part"),
    "编": (14, "part"),
    "分编": (16, "part"),
    "篇": (18, "part"),
    "集": (20, "part"),
    "单元": (20, "part"),
    "章": (30, "chapter"),
    "回": (30, "chapter"),
    "话": (30, "chapter"),
    "話": (30, "chapter"),
    "讲": (30, "chapter"),
    "课": (30, "chapter"),
    "幕": (34, "scene"),
    "折": (34, "scene"),
    "场": (36, "scene"),
    "节": (40, "section"),
    "目": (44, "section"),
    "条": (50, "article"),
    "款": (54, "section"),
    "volume": (8, "part"),
    "vol": (8, "part"),
    "book": (12, "part"),
    "part": (14, "part"),
    "chapter": (30, "chapter"),
    "canto": (30, "chapter"),
    "letter": (30, "chapter"),
    "act": (34, "scene"),
    "scene": (36, "scene"),
    "section": (40, "section"),
    "sec": (40, "section"),
    "§": (40, "section"),
    "title": (12, "part"),
    "article": (50, "article"),
}
APPENDED: tuple[int, Kind] = (14, "chapter")
NAMED: tuple[int, Kind] = (30, "chapter")
SCENE: tuple[int, Kind] = (36, "scene")
NUMBERED = 60

NUMBER = "0-9０-９一二三四五六七八九十百千万零〇○两兩廿卅壹贰貳弐叁參参肆伍陆陸柒捌玖拾佰仟"
NO_STOP = "[^。！？!?；;…]"
GAP = r"[ \t\u3000\xa0]"
CHINESE = re.compile(
    rf"(?:正文{GAP}+)?第{GAP}*[{NUMBER}]{{1,9}}{GAP}*"
    r"(?P<unit>部分|分编|单元|[部卷编篇集章回话話讲课幕折场节目款])"
    rf"(?:$|(?P<gap>{GAP}+|{GAP}*[：:·—、．.《【「（(\-]{GAP}*)(?P<title>[^。；;]{{1,60}})"
    rf"|(?P<scene>(?<=[幕折场]){GAP}+[^；;]{{1,30}})"
    rf"|(?P<glued>[^。！？!?；;：:、…“”]{{2,30}}))"
)
# 【第十章】夜雨, （第二章）, ===第3章 夜雨===: what stands around a numbered heading.
BRACKETED = re.compile(
    rf"[【（(\[]{GAP}*(?P<inside>第{GAP}*[{NUMBER}]{{1,9}}{GAP}*[^】）)\]]{{1,40}})[】）)\]](?P<rest>.*)"
)
AROUND = frozenset("【（([=＝~～·★☆◆◇※-")  # what such a line begins with
DECORATED = re.compile(r"(?P<mark>[=＝~～·★☆◆◇※-])(?P=mark)+\s*(?P<inside>.+?)\s*(?P=mark){2,}")
# What follows 第三章 in a sentence that only speaks of it.
MENTION = re.compile(
    r"[的里中内是有讲说写谈论和与及或到至第之所规对就已以、，]|开头|结尾|末尾|标题|内容|之后|之前"
    r"|以后|以前|介绍|描写|提到"
)
GLUED_UNITS = frozenset(("章", "回", "编", "卷", "部分", "分编"))
ARTICLE = re.compile(
    rf"(?:\*\*|__)?第{GAP}*[{NUMBER}]{{1,9}}{GAP}*条(?:之[{NUMBER}]{{1,3}})?(?:\*\*"
    rf"|__)?(?:{GAP}*(?:【[^】]{{1,40}}】|（(?![{NUMBER}]{{1,3}}）)[^）。；]{{2,30}}）))?"
)
AFTER_ARTICLE = re.compile(rf"$|{GAP}|[：:]|(?<=[】）])")
ARTICLE_MENTION = re.compile(
    r"[的里内、，。；：）和与或及至到第款项之]|中(?!华)|规定|所[称规列述定]|以[上下内外前后]|修改"
    r"|同时|是|对此"
)

APPENDED_NAMES = "附则|附件|附表|附|目录|目次|参考文献|致谢|索引"
NAMES = (
    "附录|附錄|序章|楔子|引子|序幕|序言|序|自序|代序|前言|引言|导言|導言|绪论|緒論|绪言|总则"
    "|尾声|尾聲|终章|終章|终幕|終幕|后记|後記|跋|结语|結語|结束语|结论|結論|番外|摘要"
)
CHINESE_NAME = re.compile(
    rf"(?:正文{GAP}+)?(?:(?P<appended>{APPENDED_NAMES})|(?:{NAMES}))(?:{GAP}*[{NUMBER}A-Za-z]{{1,3}})?(?:$"
    rf"|(?:{GAP}+|{GAP}*[：:·—]{GAP}*)[^。！？!?；;，,]{{1,30}})"
)
VOLUME = re.compile(
    rf"(?:[上中下](?:篇|卷|部|册|编)|卷之?[{NUMBER}]{{1,4}})(?:$|{GAP}+[^。！？!?；;，,]{{1,30}})"
)
SPREAD = re.compile(rf"[一-鿿](?:{GAP}+[一-鿿]){{1,3}}")
CONTENTS = re.compile(r"目[ \u3000]*[录次]|(?:table of )?contents\.?", re.IGNORECASE)

WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    "|sixteen|seventeen|eighteen|nineteen|twenty"
)
ORDINALS = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last"
ENGLISH = re.compile(
    r"(?P<unit>CHAPTER|Chapter|BOOK|Book|PART|Part|ACT|Act|SCENE|Scene|SECTION|Section|ARTICLE"
    r"|Article|VOLUME|Volume|VOL|Vol|CANTO|Canto|LETTER|Letter|SEC|Sec|TITLE|Title|§)"
    rf"(?:\.?{GAP}+|(?<=§){GAP}*)"
    rf"(?P<number>[IVXLCDM]{{1,8}}|\d{{1,5}}[a-z]?(?:[.-]\d{{1,4}}[a-z]?){{0,4}}"
    rf"|(?i:(?:the{GAP}+)?(?:{WORDS}|{ORDINALS})(?:-(?:{WORDS}))?))(?![A-Za-z0-9])"
    rf"(?P<rest>{GAP}*$|{GAP}*[.:,\-–—]+{GAP}*|{GAP}+)(?P<title>.*)",
    re.DOTALL,
)
# FIRST ACT, THE SECOND PART.
ENGLISH_ORDINAL = re.compile(
    rf"(?:THE{GAP}+|The{GAP}+)?(?:{ORDINALS.upper()}|{ORDINALS.title()}){GAP}+"
    r"(?P<unit>ACT|Act|SCENE|Scene|PART|Part|BOOK|Book|VOLUME|Volume)\W*"
)
# SCENE. A room in the castle.
ENGLISH_SCENE = re.compile(rf"(?:SCENE|Scene)(?:{GAP}*[.:—–-]{GAP}*\S.{{0,80}})?")
# chapter.844 夜雨
DOTTED_CHAPTER = re.compile(rf"chapter\.\d{{1,5}}(?:{GAP}+[^。！？!?；;]{{1,60}})?")
ENGLISH_NAME = re.compile(
    r"(?:PROLOGUE|Prologue|EPILOGUE|Epilogue|PREFACE|Preface|FOREWORD|Foreword|INTRODUCTION"
    r"|Introduction|AFTERWORD|Afterword|INTERLUDE|Interlude"
    r"|(?:TABLE OF CONTENTS|Table of Contents|CONTENTS|Contents|ACKNOWLEDGE?MENTS"
    r"|Acknowledge?ments|BIBLIOGRAPHY|Bibliography|REFERENCES|References"
    rf"|INDEX|Index|ABSTRACT|Abstract|CONCLUSION|Conclusion|GLOSSARY|Glossary)|(?:APPENDIX"
    rf"|Appendix|ANNEX|Annex)(?:{GAP}+[A-Z0-9IVX]{{1,4}})?)"
    rf"(?:\.?{GAP}*$|{GAP}*[:.–—]{GAP}*[A-Z].{{0,60}}(?<![.!?,;])$)"
)
# What an English heading begins with: of any other line, none of the patterns need be tried.
ENGLISH_BEGINS = re.compile(
    rf"chapter|book|part|act|scene|sec|article|vol|canto|letter|title|(?:the{GAP}+)?(?:{ORDINALS})"
    "|prologue|epilogue|preface|foreword|introduction|afterword|interlude|table|contents"
    "|acknowledge?ments|bibliography|references|index|abstract|conclusion|glossary|appendix|annex"
    rf"|int|ext|est|i/e|s{GAP}?\d",
    re.IGNORECASE,
)
SLUG = re.compile(
    r"(?:\d{1,4}[A-Z]?[.)]?[ \t]+)?"  # a number of the shooting script
    r"(?:(?:INT|EXT|EST|INT\.?/EXT|I/E)\.{1,2}[ \t]|(?:INT|EXT)[ \t]+[A-Z])[^a-z]{2,90}"
)
HOURS = "日|夜|晨|昏|晚|午|黄昏|傍晚|清晨|深夜|午后|拂晓"
CHINESE_SCENE = re.compile(
    rf"(?:内景|外景|内外景){GAP}*[{NUMBER}]*{GAP}*(?:[:：.、。·\s－—-].{{0,60}})"
    rf"|[Ss场]{GAP}?\d{{1,3}}{GAP}*[.、]?{GAP}+(?:{HOURS}|内景?|外景?)(?:{GAP}|[,，、/]).{{0,40}}"
    rf"|(?:{HOURS}){GAP}*[,，、/]?{GAP}*(?:内外|内|外)景?(?:{GAP}|[,，、/]).{{0,30}}"
    rf"|场景?{GAP}*[{NUMBER}]{{1,4}}(?:$|[：:、.．\s].{{0,60}})|场景[：:].{{1,60}}"
    rf"|\d{{1,3}}(?:-\d{{1,3}})?{GAP}*[.、．]?{GAP}*(?:(?:[内外]景|[内外]|日|夜|晨|昏|黄昏|清晨"
    rf"|深夜)(?:{GAP}|[/、，/·．]).{{1,50}}|[^。；，]{{1,30}}{GAP}(?:[日夜晨昏][/、 ]?[内外]"
    rf"|[内外][/、 ]?[日夜晨昏]))"
)
SECTION_NUMBER = re.compile(
    rf"(?P<number>\d{{1,3}}(?:\.\d{{1,3}}){{1,4}})\.?{GAP}+(?=[A-Z一-鿿])"
    rf"(?![是为至到和万亿元米吨度个倍年月日])[^。；;！？!?，,]{{1,60}}(?<![.:：])"
)
ITEM = re.compile(
    rf"(?P<han>[一二三四五六七八九十]{{1,3}}、){GAP}*\S.*|(?P<digit>\d{{1,2}}(?:[.．、]"
    rf"|(?={GAP}))){GAP}*\S.*"
)
ITEM_TITLE = re.compile(
    rf"(?:[一二三四五六七八九十]{{1,3}}、|\d{{1,2}}(?:[.．、]"
    rf"|(?={GAP}))){GAP}*(?=[A-Z一-鿿《“（])[^。；;！？!?，,]{{1,40}}(?<![.:：])"
)
MARKDOWN = re.compile(r"(?P<marks>#{1,6})[ \t]+(?P<title>\S.*?)[ \t]*#*")
UNDERLINE = re.compile(rf"(?P<mark>=|-)(?P=mark){{2,}}[ \t]*(?=[{NEWLINES}]|\Z)")
LEADER = re.compile(r"(?:\.{3,}|…+|·{3,}|\t|[ \u3000]{2,})[ \t]*[(（]?\d{1,4}[)）]?$|\.{5,}|…{3,}$")
EMPHASIS = re.compile(r"(\*{1,3}|_{1,3})(.+)\1")


@dataclass(frozen=True)
class Line:
    """What a line names: its level and kind, the title shown, whether text follows in the line,
    whether more title may.
    """

    level: int
    kind: Kind
    title: str
    own_line: bool = True
    bare: bool = False


def structural(line: str) -> Line | None:
    """What a line without Markdown's marks names by its words, or None; no neighbours are looked
    at.
    """
    bare = undecorated(line) if line[:1] in AROUND else line
    if bare[:1].isascii() and bare[:1].isalpha():
        if not ENGLISH_BEGINS.match(bare):
            return None
        named = _english(bare) or _by_name(bare) or _scene(bare)
    else:
        named = _chinese(bare) or _article(bare) or _english(bare) or _by_name(bare) or _scene(bare)
    return None if named is None or LEADER.search(line) else named


def undecorated(line: str) -> str:
    """The line without the marks around it: ===第3章===, 【第十章】夜雨, （第二章）."""
    if found := DECORATED.fullmatch(line):
        line = found["inside"]
    if found := BRACKETED.fullmatch(line):
        line = f"{found['inside'].strip()} {found['rest'].strip()}".strip()
    return line


def _chinese(line: str) -> Line | None:
    found = CHINESE.fullmatch(line)
    if not found:
        return None
    unit, glued, title = found["unit"], found["glued"], found["title"] or found["scene"]
    if glued and "，" in glued and unit not in ("章", "话", "話"):
        return None
    if glued and (
        unit not in GLUED_UNITS or MENTION.match(glued) or (unit == "回" and len(glued) < 6)
    ):
        return None
    if title and (
        MENTION.match(title)
        and not (found["gap"] or " ").isspace()
        or len(title) > 40
        and "，" in title
    ):
        return None
    if unit == "款" and title:
        return None
    level, kind = LEVELS[unit]
    return Line(level, kind, line, bare=not glued and not title)


def _article(line: str) -> Line | None:
    """第十二条, with its title in brackets; its text may stand in the same line."""
    found = ARTICLE.match(line)
    if not found:
        return None
    rest = line[found.end() :]
    if not AFTER_ARTICLE.match(line, found.end()) and ARTICLE_MENTION.match(rest):
        return None
    level, kind = LEVELS["条"]
    return Line(
        level,
        kind,
        found.group().replace("*", "").replace("__", ""),
        own_line=not rest.strip(" \t\u3000：:"),
    )


def _english(line: str) -> Line | None:
    found = ENGLISH.fullmatch(line)
    if not found:
        return _english_otherwise(line)
    title, mark = found["title"].strip(), found["rest"].strip()
    level, kind = LEVELS[found["unit"].lower()]
    level += found["number"].count(".")
    if not title:
        return Line(level, kind, line.rstrip(" .:,-–—"), bare=True)
    first = title.lstrip("\"'“‘([_*")[:1]
    if not (first.isupper() or first.isdigit()) or (mark == "," and kind != "scene"):
        return None
    shouted = title == title.upper()
    if (
        kind in ("article", "section")
        and mark
        and not shouted
        and (title[-1] in ".!?;:," or len(title) > 80)
    ):
        return Line(level, kind, line[: found.end("number")], own_line=False)
    described = (
        kind == "scene" and mark.startswith(".") and title[-1] == "."
    )  # "SCENE I. A hall in the castle."
    if (
        len(title) > 80
        or (title[-1] in ".,;" and not shouted and not described)
        or (not mark and not _title_case(title))
    ):
        return None
    return Line(level, kind, line.rstrip(" ."))


def _english_otherwise(line: str) -> Line | None:
    """FIRST ACT, `SCENE. A room.` and chapter.844."""
    if found := ENGLISH_ORDINAL.fullmatch(line):
        return Line(*LEVELS[found["unit"].lower()], line.rstrip(" .:"), bare=True)
    if ENGLISH_SCENE.fullmatch(line):
        return Line(*LEVELS["scene"], line.rstrip(" .:"))
    return Line(*LEVELS["chapter"], line) if DOTTED_CHAPTER.fullmatch(line) else None


def _title_case(title: str) -> bool:
    """Whether most of the longer words begin in upper case."""
    words: list[str] = [word for word in re.findall(r"[A-Za-z][\w'’]*", title) if len(word) > 3]
    return sum(word[0].isupper() for word in words) >= 0.6 * len(words)


def _by_name(line: str) -> Line | None:
    """Named parts without a number: 楔子, 附则, Prologue."""
    joined = re.sub(r"\s", "", line) if SPREAD.fullmatch(line) else line
    if found := CHINESE_NAME.fullmatch(joined):
        return Line(*(APPENDED if found["appended"] else NAMED), joined)
    if VOLUME.fullmatch(joined):
        return Line(*LEVELS["卷"], joined)
    return Line(*NAMED, line.rstrip(" .")) if ENGLISH_NAME.fullmatch(line) else None


def _scene(line: str) -> Line | None:
    return Line(*SCENE, line) if SLUG.fullmatch(line) or CHINESE_SCENE.fullmatch(line) else None
