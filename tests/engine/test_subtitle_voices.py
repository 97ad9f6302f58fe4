"""Subtitles in which several people speak in one cue: nobody is given another's words."""

import time

import pytest

from studio.dialogue import find_utterances
from studio.documents.formats import extract


def vtt(*cues):
    timed = (f"00:0{n}.000 --> 00:0{n}.900\n{cue}\n\n" for n, cue in enumerate(cues, 1))
    return extract("a.vtt", ("WEBVTT\n\n" + "".join(timed)).encode()).text


@pytest.mark.parametrize(
    ("cue", "text"),
    [
        ("<v Mia>No.</v><v Leo>Yes.</v>", "Mia: No.\nLeo: Yes."),
        ("<v Mia>No.<v Leo>Yes.", "Mia: No.\nLeo: Yes."),
        ("<v.first.loud Mia Berg><i>No.</i>\n<v Leo>Yes.", "Mia Berg: No.\nLeo: Yes."),
        ("– <v Mia>No.</v>\n– <v Leo>Yes, but\nnot now.</v>", "Mia: No.\nLeo: Yes, but\nnot now."),
        ("<v 小林>在吗？</v>\n<v 老周>在。</v>", "小林：在吗？\n老周：在。"),
        ("<v O&apos;Hara>No.</v> And then.", "O'Hara: No.\nAnd then."),
        ("<v>Nobody&#39;s.</v><v Leo>Mine.", "Nobody's.\nLeo: Mine."),
        ("<c.red>Red</c> - <v Leo>Blue", "Red -\nLeo: Blue"),
    ],
)
def test_each_voice_stands_behind_its_name(cue, text):
    assert vtt(cue) == text


def test_the_place_of_a_cue_holds_all_its_voices():
    made = extract("a.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\n<v A>x\n<v B>y\n")
    assert [made.text[start:end] for start, end, _ in made.places] == ["A: x\nB: y"]


@pytest.mark.parametrize(
    ("name", "line", "text"),
    [
        ("Mia", "- No.\\N- Yes.", "- No.\n- Yes."),
        ("Mia/Leo", "- No.\\N- Yes.", "Mia: No.\nLeo: Yes."),
        ("Mia", "- No, -\\Nnever.", "Mia: - No, -\nnever."),
        ("Mia", "-5 degrees.\\N-7 now.", "Mia: -5 degrees.\n-7 now."),
    ],
)
def test_the_name_of_an_ass_event_is_not_given_to_two_people(name, line, text):
    head = "[Script Info]\nScriptType: v4.00+\n\n[Events]\nFormat: Layer, Start, End, Style, Name, "
    head += "MarginL, MarginR, MarginV, Effect, Text\n"
    event = f"Dialogue: 0,0:00:01.00,0:00:02.00,Default,{name},0,0,0,,{line}\n"
    assert extract("a.ass", (head + event).encode()).text == text


def test_unnamed_turns_and_sounds_are_nobodys():
    cues = ["MIA: Where to,", "- North.\n- Already?", "-LEO: Yes.\n-MIA: No.", "[door opens]"]
    cues += ["LEO: [laughs] Fine.", "♪ a song ♪", "MIA: Fine."]
    source = "".join(
        f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{cue}\n\n" for n, cue in enumerate(cues, 1)
    )
    found = find_utterances(extract("a.srt", source.encode()).text)
    assert [(u.speaker, u.text) for u in found] == [
        ("MIA", "Where to,"),
        ("LEO", "Yes."),
        ("MIA", "No."),
        ("LEO", "Fine."),
        ("MIA", "Fine."),
    ]


def test_voices_that_never_end_cost_no_time():
    began = time.process_time()
    vtt("<v " * 100_000, "<v A>x" * 20_000)
    assert time.process_time() - began < 5
