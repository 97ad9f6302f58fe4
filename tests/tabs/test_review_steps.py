"""The steps of a review as the card sends them: each carried out once, in order, refusals told."""

import json
from dataclasses import replace
from importlib.resources import files

import pytest

from studio import documents, jobs
from studio.dialogue.job import run
from studio.dialogue.review import queries
from studio.dialogue.spec import DialogueJob
from studio.errors import InputError
from studio.jobs.context import Job
from studio.store import utterances
from tabs.dialogue import line_sets, review
from tabs.dialogue.review import FIRST, ReviewView
from tabs.kit.language import LANGUAGES, find
from tabs.kit.session import Session

TEXT = (
    'Mara and Tobin stood by the stove. Nobody spoke.\n\n"Who is there?" asked Mara.\n\n'
    + "\n\n".join(f'"It is number {n}."' for n in range(9))
    + "\n"
)
VIEW = ReviewView("page", "view")


def lines(workspace, name):
    """A set of lines of the text; the job runs in this process."""
    document = documents.add(workspace, "stove.txt", TEXT.encode())
    spec = DialogueJob(documents=[document.id], characters="Mara\nTobin", name=name)
    record, _ = jobs.records.create(workspace, spec, parent=None, step=None)
    job = Job(id=record.id, workspace=workspace, folder=workspace.run_folder(record.id))
    job.folder.mkdir(parents=True, exist_ok=True)
    run(spec, job)
    jobs.records.set_state(workspace, record.id, "done")
    return queries.utterance_sets(workspace)[0]


@pytest.fixture
def made(workspace):
    return Session(workspace, "en"), lines(workspace, "first")


def send(made, page, *steps):
    session, chosen = made
    numbered = [{"n": n, "set": chosen["id"], **step} for n, step in steps]
    changed = review.act(session, {"page": page}, VIEW, chosen, {"steps": numbered}, "notice")
    return changed["page"], json.loads(changed["view"]), changed.get("notice")


def speakers(made):
    session, chosen = made
    return [u["speaker"] for u in queries.page(session.workspace, chosen["id"])]


def test_a_batch_sent_again_is_not_carried_out_twice(made):
    steps = [
        (1, {"do": "assign", "id": 3, "speaker": "Ann", "next": 4}),
        (2, {"do": "assign", "id": 4, "speaker": "Ben", "next": 5}),
        (3, {"do": "undo"}),
    ]
    page, told, _ = send(made, dict(FIRST), *steps[:2])
    assert (told["echo"], told["open"], told["counts"]["edits"]) == (2, 5, 2)
    page, told, _ = send(made, page, *steps)  # the answer was lost: the two come again with a third
    assert (told["echo"], told["open"], told["counts"]["edits"]) == (3, 4, 1)
    assert speakers(made)[3] == "Ann" and speakers(made)[4] != "Ben"


def test_a_refused_step_is_told_and_what_follows_it_is_dropped(made):
    page, told, notice = send(
        made,
        dict(FIRST),
        (1, {"do": "assign", "id": 2, "speaker": "Ann", "next": 3}),
        (2, {"do": "assign", "id": 3, "speaker": "x" * 200, "next": 4}),
        (3, {"do": "accept", "id": 4, "next": 5}),
    )
    assert (
        told["failed"]
        and told["echo"] == 3
        and told["open"] == 3
        and "at most" in json.loads(notice)["what"]
    )
    assert speakers(made)[2] == "Ann" and told["counts"] == told["counts"] | {"edits": 1}


def test_a_decision_for_a_set_that_is_no_longer_shown_is_kept(made):
    session, chosen = made
    shown = lines(session.workspace, "second")
    page = FIRST | {"set": shown["id"], "echo": 4, "open": 7}
    changed = review.act(
        session,
        {"page": page},
        VIEW,
        shown,
        {"steps": [{"n": 5, "set": chosen["id"], "do": "assign", "id": 2, "speaker": "Ann"}]},
        "notice",
    )
    assert speakers(made)[2] == "Ann" and speakers((session, shown))[2] != "Ann"
    assert changed["page"]["echo"] == 5 and changed["page"]["open"] == 7


def test_the_list_follows_the_open_line_and_the_filter(made):
    page, told, _ = send(
        made, dict(FIRST), (1, {"do": "set", "speaker": "Mara"}), (2, {"do": "open", "id": 6})
    )
    assert {row["speaker"] for row in told["rows"]} == {"Mara"} and told["open"] == 6
    assert any(line["id"] == 6 for part in told["windows"] for line in part["lines"])
    page, told, _ = send(
        made, page, (3, {"do": "set", "only": True, "speaker": None, "under": 0.0})
    )
    assert told["total"] == 0 and told["rows"] == []


def test_next_stays_with_the_speaker_whose_lines_are_shown(made):
    session, chosen = made
    steps = [
        {"do": "set", "under": 1.0},
        *({"do": "assign", "id": n, "speaker": "Ann"} for n in range(10)),
    ]
    page, told, _ = send(made, dict(FIRST), *enumerate(steps, 1))
    with session.workspace.store.write() as db:  # in doubt again, and three of them Ben's
        utterances.attribute(
            db,
            {
                line.id: replace(
                    line.attribution,
                    decided="rules",
                    confidence=0.5,
                    speaker="Ben" if line.ordinal in (2, 5, 8) else "Ann",
                )
                for line in utterances.page(db, chosen["id"], limit=1000)
            },
        )
    page, told, _ = send(
        made, page, (20, {"do": "set", "speaker": "Ben"}), (21, {"do": "next", "id": 2})
    )
    assert told["open"] == 5
    page, told, _ = send(
        made, page, (22, {"do": "assign", "id": 5, "speaker": "Ann", "next": None})
    )
    assert told["open"] == 8, "the one just decided is Ben's no longer"
    assert [
        send(made, page, (23, {"do": "next", "id": n, "back": back}))[1]["open"]
        for n, back in ((8, False), (2, True), (8, True), (6, False))
    ] == [2, 8, 2, 8]
    page, told, _ = send(
        made, page, (24, {"do": "set", "speaker": "Sela"}), (25, {"do": "next", "id": 2})
    )
    assert told["open"] == 8


def test_lines_on_their_way_are_shown_with_the_first_of_them(made):
    session, older = made
    spec = DialogueJob(documents=["sample:story.en.md"], characters="Tibby")
    record, _ = jobs.records.create(session.workspace, spec, parent=None, step=None)
    coming = line_sets.set_of(record.id)
    assert [value for _, value in line_sets.listed(session)] == [coming, older["id"]]
    shown = line_sets.chosen(session, coming)
    assert (shown["id"], shown["utterances"]) == (coming, 0) and line_sets.chosen(
        session, older["id"]
    )["id"] == older["id"]
    told = json.loads(review.lazy(session, {"page": dict(FIRST)}, VIEW, shown).build())
    assert told["all"] == 0 and told["empty"] == session.words("dialogue.coming")
    with pytest.raises(InputError):
        line_sets.needed(session, coming)
    jobs.records.set_state(session.workspace, record.id, "failed")
    assert [value for _, value in line_sets.listed(session)] == [older["id"]]
    assert line_sets.chosen(session, coming)["id"] == older["id"], (
        "an extraction that came to nothing leaves what was there"
    )


def test_the_threshold_stays_when_another_set_is_shown():
    page = review.current(
        {"page": FIRST | {"set": "a", "under": 0.4, "open": 3, "echo": 9}}, VIEW, "b"
    )
    assert page["open"] is None and (page["under"], page["echo"]) == (0.4, 9)


def test_evidence_is_told_in_words(made):
    session, _ = made
    for name in ("tag", "tagged+2", "beat-before-clashes", "turn", "model"):
        assert review.why(session, name) != name
    assert review.why(session, "something-new") == "something-new"
    # What the weights know and may show; steps of the chain count as "turn", and "else" is nobody.
    learned = json.loads((files("studio.dialogue") / "weights.json").read_text("utf-8"))
    families = {name.split("@")[0] for text in learned.values() for name in text["speaker"]}
    for language in LANGUAGES:
        spoken = replace(session, language=language)
        untold = {f for f in families if review.why(spoken, f) == f}
        assert {f for f in untold if f.split("-")[0] not in ("same", "swap", "else")} == set()
    assert find("zh", "dialogue.evidence.turn")
