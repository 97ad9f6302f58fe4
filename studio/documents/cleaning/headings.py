"""Lines that stand for themselves whatever is around them: headings and list items."""

import re

NUMERAL = "[〇零○一二三四五六七八九十百千万两0-9０-９]"
HEADING = re.compile(
    rf"(?:#{{1,6}}\s|第\s?{NUMERAL}{{1,9}}\s?[章回节節编編卷部篇集幕场場条條折出话話]"
    rf"|[卷序][一二三四五六七八九十]?(?:\s|$)|(?:楔子|引子|序章|尾声|后记|附录|前言)\s*$"
    r"|(?:chapter|part|book|section|article|volume|act|scene|canto|letter)\s+(?:\d{1,4}"
    r"|[ivxlcdm]{1,8}|one|two|three|four|five|six|seven|eight|nine|ten|the\b)[\s.:—-]*)",
    re.IGNORECASE,
)
ITEM = re.compile(
    rf"(?:[-*+•·●○◆■□▪]\s|\d{{1,2}}[.)、）．]\s?(?!\d)|[（(]{NUMERAL}{{1,4}}[）)]"
    rf"|[一二三四五六七八九十]{{1,3}}、|[|>]|[*=_~-]{{3,}}\s*$|[①-⑳])"
)


def stands_alone(line: str) -> bool:
    """Whether a line (without its indent) is a heading, a list item, a table row or a rule."""
    return HEADING.match(line) is not None or ITEM.match(line) is not None
