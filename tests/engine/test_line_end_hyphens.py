"""Hyphens at the ends of printed lines: which part a word, which belong to it."""

import pytest

from studio.documents.cleaning import CleanSpec, clean_text

WIDTH = 58
FILL = (
    "the road went along the river and past the inn where the old ferryman had sat for so many "
    "years that no one could say when he had come or what he had been before the bridge was made"
).split()


def printed(head, tail, lines=9, words=FILL):
    """Lines of 58 characters; the third ends in `head`, the fourth begins with `tail`."""
    made, line, at = [], "", 0
    while len(made) < lines:
        if len(made) == 2 and len(f"{line} {words[at % len(words)]} {head}") > WIDTH:
            made.append(f"{line} {head}")
            line = tail
        elif len(f"{line} {words[at % len(words)]}".strip()) > WIDTH:
            made.append(line)
            line = ""
        else:
            line, at = f"{line} {words[at % len(words)]}".strip(), at + 1
    return "\n".join(made) + "\n"


def joined(text):
    return clean_text(text, CleanSpec(unwrap_lines=True)).text


@pytest.mark.parametrize(
    ("head", "tail", "elsewhere", "wanted"),
    [
        ("cham-", "ber", "", "chamber"),
        ("Straßen\u2010", "bahn", "", "Straßenbahn"),
        ("é\u00ad", "cole", "", "école"),
        ("Größen-", "wahn", "", "Größenwahn"),
        ("че-", "ловек", "", "человек"),
        ("Jean-", "Luc", "", "Jean-Luc"),
        ("Nord\u2010", "Süd-Achse", "", "Nord‐Süd-Achse"),
        ("anti-", "American", "", "anti-American"),
        ("1939-", "1945", "", "1939-1945"),
        ("pages 12\u2010", "14", "", "12‐14"),
        ("F-", "16", "", "F-16"),
        ("forty-", "seventh", "", "forty-seventh"),
        ("Haupt-", "und Nebensatz", "", "Haupt- und Nebensatz"),
        ("pre-", "and post-war", "", "pre- and post-war"),
        ("state-of-the-", "art", "It was an art.", "state-of-the-art"),
        ("son-in-", "law", "His son-in-law came.", "son-in-law"),
        ("self-", "government", "They had self-government.", "self-government"),
        ("well-", "known", "It was well known.", "well-known"),
        ("anti-estab-", "lishment", "The establishment.", "anti-establishment"),
        ("COM-", "MON", "", "COMMON"),
        ("fact-", "or", "Each factor counts.", "factor"),
    ],
)
def test_a_hyphen_goes_stays_or_stays_with_a_space(head, tail, elsewhere, wanted):
    made = joined(printed(head, tail) + (f"\n{elsewhere}\n" if elsewhere else ""))
    assert f" {wanted} " in made.split("\n\n")[0]


def test_a_soft_hyphen_joins_in_lines_of_any_width_and_leaves_no_trace():
    assert joined("One exam\u00ad\nple only, and a hid\u00adden one.\n") == (
        "One example only, and a hidden one.\n"
    )
    short = "A poem of soft\u00ad\r\nness\r\nand not\r\nmuch more\r\n"
    assert "softness\n" in joined(short)
    plain = clean_text("One exam\u00ad\nple.\n", CleanSpec()).text
    assert plain == "One exam\nple.\n"  # lines stay where joining them was not asked for


def test_dashes_and_lists_are_no_hyphens():
    text = printed("word--", "and")
    assert "word--and" in joined(text)
    listed = printed("chamber", "stood") + "\n- one\n- two\n- three\n"
    assert joined(listed).endswith("\n\n- one\n- two\n- three\n")


def test_offsets_lead_back_to_both_halves():
    text = printed("exam\u00ad", "ple")
    made = clean_text(text, CleanSpec(unwrap_lines=True))
    assert "example" in made.text and "\u00ad" not in made.text
