"""How an item of a list, a row of a table or a rule begins a line."""

import re

from studio.text.heading_patterns import NUMBER

LIST_ITEM = re.compile(
    r"[-*+•·●○◆■□▪](?=[ \t])|[|>#]|\d{1,3}(?:[.)．](?=[ \t]|[一-鿿])|[、）])"
    rf"|[（(][{NUMBER}]{{1,4}}[）)]|[一二三四五六七八九十]{{1,3}}[、)）]|[①-⑳]"
)
RULE = re.compile(r"[*=_~-]{3,}[ \t]*$")
