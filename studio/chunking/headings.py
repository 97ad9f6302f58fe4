"""Headings: lines that name what follows."""

import re

from studio.chunking.marks import NEWLINES, VISIBLE

NUMBER = "0-9０-９一二三四五六七八九十百千零〇两"
HEADING = re.compile(
    r"#{1,6}[ \t]+\S.{0,100}"
    rf"|第\s*[{NUMBER}]{{1,9}}\s*[章回节卷集编部篇幕折][^。！？，；,;!?]{{0,40}}"
    r"|(?:楔子|引子|序章|序幕|序言|前言|尾声|终章|附录|后记|总则|附则)[^。！？，；,;!?]{0,20}"
    r"|(?:CHAPTER|Chapter|BOOK|Book|PART|Part|ACT|Act|SCENE|Scene|SECTION|Section)\s+(?:[IVXLCDM]+|\d+)\b.{0,80}"
    r"|(?:PROLOGUE|Prologue|EPILOGUE|Epilogue|PREFACE|Preface|APPENDIX|Appendix)\b[^.!?]{0,60}"
)
# What a heading can begin with: a quick look before the pattern is tried.
FIRST = frozenset("#第楔引序前尾终附后总CBPASE")
LONGEST = 120
LINE = re.compile(rf"[^{NEWLINES}]{{0,{LONGEST + 1}}}")


def heading_at(text: str, position: int) -> str:
    """The heading that the line at `position` is, without its marks; "" if it is none."""
    visible = VISIBLE.search(text, position)
    if not visible or visible.group() not in FIRST:
        return ""
    line = LINE.match(text, visible.start()).group().rstrip()
    if len(line) > LONGEST or not HEADING.fullmatch(line):
        return ""
    return line.lstrip("#").strip(" \t\u3000#")
