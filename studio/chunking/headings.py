"""Headings: lines that name what follows."""

import re

from studio.chunking.marks import NEWLINES

NUMBER = "0-9０-９一二三四五六七八九十百千零〇两"
HEADING = re.compile(
    r"#{1,6}[ \t]+\S.{0,100}"
    rf"|第\s*[{NUMBER}]{{1,9}}\s*[章回节卷集编部篇幕折][^。！？，；,;!?]{{0,40}}"
    r"|(?:楔子|引子|序章|序幕|序言|前言|尾声|终章|附录|后记|总则|附则)[^。！？，；,;!?]{0,20}"
    r"|(?:CHAPTER|Chapter|BOOK|Book|PART|Part|ACT|Act|SCENE|Scene|SECTION|Section)\s+(?:[IVXLCDM]+|\d+)\b.{0,80}"
    r"|(?:PROLOGUE|Prologue|EPILOGUE|Epilogue|PREFACE|Preface|APPENDIX|Appendix)\b[^.!?]{0,60}"
)
LINE = re.compile(rf"[^{NEWLINES}]*")


def heading_at(text: str, position: int) -> str:
    """The heading that the line at `position` is, without its marks; "" if it is none."""
    start = position
    while start < len(text) and text[start].isspace():
        start += 1
    line = LINE.match(text, start).group().rstrip() if len(text) else ""
    if len(line) > 120 or not HEADING.fullmatch(line):
        return ""
    return line.lstrip("#").strip(" \t\u3000#")
