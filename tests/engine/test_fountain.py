"""Screenplays in Fountain: forced names and scenes, notes, cuts, lyrics, and what printing adds."""

import pytest

from studio.dialogue import detect, find_utterances
from studio.dialogue.layouts import fountain

HARBOUR = """INT. HARBOUR OFFICE - DAY

{first}
Is the boat in?

{second}
Since six.

{first}
And the cargo?

{second}
Wet.

{first}
All of it?

{second}
All but the tea.
"""


def spoken(text):
    return [(u.speaker, u.text) for u in find_utterances(text)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("@von Arnim", "OTTO"),
        ("@老周", "@小林"),
        ("ÉLODIE", "FRANÇOIS"),
        ("ŁUKASZ", "ŻANETA"),
        ("ИВАН", "ОЛЬГА"),
        ("ΝΙΚΟΣ", "ΕΛΕΝΗ"),
        ("McCLANE", "MacDUFF"),
        ("MARY-KATE", "D’ARTAGNAN"),
        ("@deMornay (O.S.)", "R2D2"),
        ("GUARD #1", "GUARD #2"),
    ],
)
def test_a_cue_is_a_name_in_capitals_of_any_alphabet_or_a_forced_one(first, second):
    names = [name.lstrip("@").removesuffix(" (O.S.)") for name in (first, second)]
    found = spoken(HARBOUR.format(first=first, second=second))
    assert [text for _, text in found] == [
        "Is the boat in?",
        "Since six.",
        "And the cargo?",
        "Wet.",
        "All of it?",
        "All but the tea.",
    ]
    assert [who.casefold() for who, _ in found] == [name.casefold() for name in names] * 3


def test_notes_and_cut_passages_are_not_spoken_and_spans_stay_true():
    text = HARBOUR.format(first="ADA", second="BEN").replace(
        "Since six.", "Since [[check the tide\ntable]] six. /* or seven */ Sharp."
    )
    text = text.replace("Wet.", "[[Ben coughs]]\nWet.\n\n/*\nBEN\nNothing of this.\n\n*/")
    found = find_utterances(text)
    assert [(u.speaker, u.text) for u in found] == [
        ("ADA", "Is the boat in?"),
        ("BEN", "Since"),
        ("BEN", "six."),
        ("BEN", "Sharp."),
        ("ADA", "And the cargo?"),
        ("BEN", "Wet."),
        ("ADA", "All of it?"),
        ("BEN", "All but the tea."),
    ]
    assert all(text[u.start : u.end] == u.text for u in found)


def test_a_mark_that_is_never_closed_hides_nothing_and_costs_no_time():
    assert fountain.masked("a [[ b\nc /* d") == "a [[ b\nc /* d"
    many = "/* [[ " * 200_000
    assert fountain.masked(many) == many
    hidden = "/* " + "x" * 1000 + "\r\n\r\n y */ z"
    assert len(fountain.masked(hidden)) == len(hidden)
    assert fountain.masked(hidden).endswith("\r\n\r\n(   ) z")


def test_lyrics_and_dual_dialogue_belong_to_the_name_above():
    text = HARBOUR.format(first="ADA", second="BEN ^").replace("Wet.", "~The sea, the sea\n~is wet")
    found = spoken(text)
    assert ("BEN", "The sea, the sea") in found and ("BEN", "is wet") in found
    assert {who for who, _ in found} == {"ADA", "BEN"}


def test_transitions_directions_and_an_empty_line_of_two_spaces_within_a_speech():
    text = HARBOUR.format(first="ADA", second="BEN")
    text = text.replace("Wet.", "Wet.\n  \nVery wet.\n\n> CUT TO BLACK.\n\n>THE QUAY<")
    text = text.replace("And the cargo?", "(not looking\nup at all)\nAnd the cargo?")
    found = spoken(text)
    assert ("BEN", "Very wet.") in found and ("ADA", "And the cargo?") in found
    assert len(found) == 7


def test_a_forced_scene_begins_a_scene_and_three_points_do_not():
    text = HARBOUR.format(first="ADA", second="BEN")
    text = text.replace("Wet.", "Wet.\n\n.ON THE QUAY").replace("Since six.", "...since six.")
    scenes = {u.text: u.scene for u in find_utterances(text)}
    assert scenes["Wet."] == scenes["...since six."] == scenes["Is the boat in?"]
    assert scenes["All of it?"] == scenes["Wet."] + 1


def test_page_numbers_and_continued_are_not_spoken():
    text = """                    ADA
          The boat was
                                                  7.
          never late before.

CONTINUED: (2)                                    8.

                    BEN
          Never.
                    (MORE)

                                             (CONTINUED)

                    BEN (CONT'D)
          Not once.

                    ADA
          Well.

                    BEN
          Well.
"""
    assert spoken(text) == [
        ("ADA", "The boat was"),
        ("ADA", "never late before."),
        ("BEN", "Never."),
        ("BEN", "Not once."),
        ("ADA", "Well."),
        ("BEN", "Well."),
    ]


def test_words_in_emphasis_keep_both_of_their_marks():
    text = HARBOUR.format(first="ADA", second="BEN").replace("Since six.", "Since *six*. *Sharp*")
    found = spoken(text.replace("Wet.", "*Wet.*"))
    assert ("BEN", "Since *six*. *Sharp*") in found and ("BEN", "Wet.") in found


def test_one_scene_is_enough_to_be_a_screenplay():
    text = "INT. MILL - NIGHT\n\nRain.\n\n@McKENNA\n(quietly)\nYou came.\n\nÉLODIE\nI said so.\n"
    assert detect(text).kind == "screenplay"
    assert [u.speaker for u in find_utterances(text, [])] == ["McKENNA", "ÉLODIE"]
    assert detect("He saw EXT. on the door, and went in.\n\nTOM\n\nIt was cold.\n").kind == "novel"
