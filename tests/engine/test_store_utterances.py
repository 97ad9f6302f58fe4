"""What the store keeps of lines and of decisions about them."""

from dataclasses import replace

import pytest

from studio import documents
from studio.dialogue.records import Utterance
from studio.store import sets, utterance_edits, utterance_summary, utterances

SET = "utterances-1"
TEXT = "“a” “b” “c” “d” “e”"


def line(number, speaker, confidence=0.9, **more):
    at = 1 + 4 * number
    return Utterance(
        start=at,
        end=at + 1,
        text=TEXT[at : at + 1],
        speaker=speaker,
        addressee=None,
        confidence=confidence,
        method="turn",
        **more,
    )


@pytest.fixture
def store(workspace):
    """Five lines: Ann, Ann in doubt, nobody, a quoted word, Ben with weights."""
    document = documents.add_text(workspace, "a.txt", TEXT)
    found = [
        line(0, "Ann", speech=7),
        line(1, "Ann", 0.4, speech=7),
        line(2, None, 0.0),
        line(3, None, 0.0, kind="quoted"),
        line(4, "Ben", evidence=(("tag", 2.5),), others=(("Ann", 0.1), ("Cid", 0.05))),
    ]
    with workspace.store.write() as db:
        sets.add(db, SET, "utterances", "a")
        utterances.add(db, SET, document.id, found[:2])
        utterances.add(db, SET, document.id, found[2:])
    return workspace.store


def ordinals(lines):
    return [one.ordinal for one in lines]


def test_lines_are_numbered_on_and_come_back_as_they_were(store):
    lines = utterances.page(store, SET, limit=9)
    assert ordinals(lines) == [0, 1, 2, 3, 4] and lines[0].document_name == "a.txt"
    last = utterances.get(store, SET, 4)
    assert last == lines[4] and utterances.get(store, SET, 5) is None
    assert (last.evidence, last.others, last.votes, last.decided) == (
        (("tag", 2.5),),
        (("Ann", 0.1), ("Cid", 0.05)),
        {},
        "rules",
    )
    assert ordinals(utterances.listed(store, SET, [4, 9, 1])) == [1, 4]
    assert ordinals(utterances.same_speech(store, lines[0])) == [0, 1]
    assert ordinals(utterances.within(store, SET, lines[0].document, 6, 14)) == [2, 3]
    assert ordinals(utterances.within(store, SET, lines[0].document, 6, 14, spoken=True)) == [2]
    assert [row.text for batch in utterances.batches(store, SET) for row in batch] == list("abcde")


def test_lines_are_chosen_by_speaker_and_doubt(store):
    assert ordinals(utterances.page(store, SET, limit=9, speaker="Ann")) == [0, 1]
    assert ordinals(utterances.page(store, SET, limit=9, speaker="")) == [2]
    assert ordinals(utterances.page(store, SET, limit=9, under=0.5)) == [1, 2]
    assert ordinals(utterances.doubtful(store, SET, 0.5)) == [1, 2]
    assert utterances.count(store, SET, under=0.5, before=2) == 1
    assert utterances.next_doubtful(store, SET, 0.5, 1) == 2
    assert utterances.next_doubtful(store, SET, 0.5, 1, back=True) is None
    assert utterances.next_doubtful(store, SET, 0.5, back=True) == 2
    assert utterance_summary.review_counts(store, SET, 0.5) == (5, 2, 0)
    assert utterance_summary.speakers(store, SET) == [("Ann", 2), ("", 1), ("Ben", 1)]
    assert utterances.exists(store, SET, "Ben") and not utterances.exists(store, SET, "Cid")


def test_an_edit_gives_back_what_stood_save_what_a_model_said_since(store):
    before = {one.ordinal: one.attribution for one in utterances.page(store, SET, limit=9)}
    lines = utterances.page(store, SET, limit=9)
    with store.write() as db:
        utterance_edits.add(db, SET, 4, {4: before[4], 0: before[0]})
        utterances.attribute(
            db,
            {
                lines[n].id: replace(before[n], speaker="Dee", decided="person", others=())
                for n in (0, 4)
            },
        )
    assert utterance_summary.decided_by_person(store, SET) == {0, 4}
    assert utterance_summary.count_decided(store, SET) == 2
    with store.write() as db:
        utterances.attribute(db, {lines[0].id: replace(before[0], decided="rules")})
        answer = {"speaker": "Eve", "confidence": 0.8, "others": (), "evidence": (("model", 1.5),)}
        for number in (0, 4):  # what a person has decided is left alone
            utterances.decide_by_model(db, SET, number, votes={"Eve": 2}, **answer)
    assert utterances.get(store, SET, 0).speaker == "Eve"
    assert utterances.get(store, SET, 4).votes == {}
    edit = utterance_edits.newest(store, SET)
    assert (edit.utterance, edit.before) == (4, {4: before[4], 0: before[0]})
    with store.write() as db:
        utterances.restore(db, SET, edit.before)
        utterance_edits.delete(db, edit)
    assert utterances.get(store, SET, 4).attribution == before[4]
    assert utterances.get(store, SET, 0).speaker == "Eve"
    assert utterance_edits.count(store, SET) == 0 and utterance_edits.newest(store, SET) is None
