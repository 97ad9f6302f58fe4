"""The values of Chinese numerals."""

import unicodedata

DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {
    character: value
    for value, row in enumerate(
        ("〇○", "壹", "贰貳弐兩两", "叁參参", "肆", "伍", "陆陸", "柒", "捌", "玖")
    )
    for character in row
}
UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "廿": 20, "卅": 30}


def number_of(text: str) -> int | None:
    """The value of a numeral below ten thousand, in Chinese or in digits of any width; None for
    what is none: 十二 is 12, 一百零三 103, 一〇三 103.
    """
    if text.isdecimal():
        return int(unicodedata.normalize("NFKC", text))
    if not text or any(character not in DIGITS and character not in UNITS for character in text):
        return None
    if all(character in DIGITS for character in text):
        return int("".join(str(DIGITS[character]) for character in text))
    total, digit = 0, 0
    for character in text:
        if character in DIGITS:
            digit = DIGITS[character]
        elif UNITS[character] in (20, 30):
            total += UNITS[character]
        else:
            total, digit = total + (digit or 1) * UNITS[character], 0
    return total + digit
