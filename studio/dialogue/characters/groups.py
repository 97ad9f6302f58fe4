"""Names that speak as one and are many: 众僧, 小妖们, 两个公差, the soldiers, everyone."""

import re

# What a number before it makes one of a row, and no group: 二魔 is the second demon, 三娘 a name.
RANKED = "怪魔哥弟郎爷姐妹娘嫂叔伯婶姨姑太奶少宝毛柱狗牛虎丫妞儿公爸"
PERSONS = "老神王人僧妖将官女子圣臣仙童贼士兵徒友客商役吏使道尼猴鬼星丁侠匪卒姓"
GROUP_ZH = re.compile(
    rf"众[\u3400-\u9fff]+|[群诸](?:[{PERSONS}{RANKED}天公]|小妖|大臣)|多[官人臣将僧]"
    r"|[\u3400-\u9fff]+(?:们|众人|人等)|[\u3400-\u9fff]{2,}[等辈]|[听观群僧徒部民]众"
    r"|(?:[一那这]?[两二三四五六七八九十几数百千]+|满)(?:个|位|名|员|班|队|伙|对)[\u3400-\u9fff]+"
    rf"|[两二三四五六七八九十几数百千]+(?![{RANKED}])[{PERSONS}]"
    r"|一(?:群|班|伙|帮|干|行|众|家)[\u3400-\u9fff]*|大[众家伙]|家人们?|左右|彼此|双方|两[人边]|全[体家场][\u3400-\u9fff]*"
    r"|四值功曹|六丁六甲|文武[\u3400-\u9fff]*|百官|群臣|夫妻|夫妇|父子|母子|师徒|兄弟[二两三]人|三军"
    r"|[\u3400-\u9fff]+[二两三四五六七八九十几数]人"
)
PLURAL_EN = frozenset(
    "men women children people folk boys girls soldiers guards servants sailors ladies gentlemen "
    "others voices officers villagers peasants guests neighbours neighbors students pupils friends "
    "sisters brothers crowd mob company chorus audience crew jury party couple pair twins all both "
    "everyone everybody several many some they we clerks policemen constables warriors animals "
    "birds knights nuns monks players maids workers prisoners travellers "
    "travelers strangers".split()
)
ALL_EN = re.compile(
    r"(?:all|both|several|many|some|most|two|three|four|five|six|seven|eight|nine|ten|dozens?"
    r"|hundreds?)\b|(?:the|these|those)\s+(?:two|three|four|five|six|seven|others?\s+\w+s)\b",
    re.IGNORECASE,
)


def is_group(name: str) -> bool:
    """Whether a name that was found beside speech stands for several persons, by its form alone."""
    name = name.strip()
    if not name.isascii():
        return bool(GROUP_ZH.fullmatch(name))
    words = name.casefold().split()
    if not words or not name.split()[-1][:1].islower():
        return False
    return words[-1] in PLURAL_EN or bool(ALL_EN.match(name))
