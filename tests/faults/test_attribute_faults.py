"""Asking who speaks under faults, kills and stops: no answer is lost, none is asked for twice."""

import json
from collections import Counter

import pytest

from studio.dialogue.asking import job as attribute
from studio.dialogue.review import decisions
from studio.errors import LlmFault
from studio.store import units
from tests.doubtful_set import answered, attribute_spec, doubtful_set, ids_of, knows, stored
from tests.in_process import job_for, stopped_after
from tests.other_process import run_until_killed


@pytest.fixture
def stand(workspace):
    return doubtful_set(workspace, 90)


def notes(workspace):
    return [
        mark.data for mark in units.of_set(workspace.store, "utterances-1", key="ask:", note="{")
    ]


def all_right(workspace, stand):
    rows = stored(workspace)
    return all(
        rows[n]["speaker"] == stand.truth[n] and rows[n]["decided"] == "model"
        for n in stand.doubtful
    )


@pytest.mark.parametrize(("provider", "concurrency"), [("openai", 6), ("ollama", 2)])
def test_a_fifth_of_all_requests_fails_and_every_line_gets_its_votes(
    fake, workspace, stand, provider, concurrency
):
    fake.random(0.2, seed=3)
    fake.answer = knows(stand.truth)
    spec = attribute_spec(fake, stand, provider=provider, concurrency=concurrency)
    result = attribute.run(spec, job_for(workspace, spec))
    assert answered(fake) == dict.fromkeys(stand.doubtful, 2) and fake.calls > result["requests"]
    assert all_right(workspace, stand) and result["answered"] == 45


def test_killed_and_resumed_it_asks_only_what_it_has_no_answer_to(fake, workspace, stand):
    fake.delay_s = 0.05
    fake.answer = knows(stand.truth)
    spec = attribute_spec(fake, stand, concurrency=3, lines_per_request=3)
    job = job_for(workspace, spec)
    for calls in (6, 22):
        run_until_killed(attribute, job, fake, calls)
    fake.left()
    kept, before = notes(workspace), fake.calls
    have = Counter(int(n) for note in kept for n in note["answers"])
    half_way = stored(workspace)
    assert 0 < len(kept) < before
    assert {n for n in half_way if half_way[n]["decided"] == "model"} == {
        n for n in have if have[n] == 2
    }
    result = attribute.run(spec, job)
    later = Counter(number for request in fake.requests[before:] for number in ids_of(request))
    assert have + later == dict.fromkeys(stand.doubtful, 2)
    assert all_right(workspace, stand) and result["requests"] == len(kept) + fake.calls - before
    assert result["prompt_tokens"] == 11 * result["requests"]


def test_a_failure_inside_any_write_loses_nothing_and_doubles_nothing(fake, workspace, monkeypatch):
    """However the run is broken off, what stands at the end is what an unbroken run makes."""

    class Killed(BaseException):
        pass

    stand, other = (
        doubtful_set(workspace),
        doubtful_set(workspace, name="twin", set_id="utterances-2"),
    )
    fake.answer = lambda messages, schema: json.dumps(
        {
            n: "阿苇" if n.endswith("4") and len(schema["properties"]) % 2 else stand.truth[int(n)]
            for n in schema["properties"]
        },
        ensure_ascii=False,
    )
    plain = attribute_spec(fake, other, concurrency=1, lines_per_request=3)
    attribute.run(plain, job_for(workspace, plain))
    calls = fake.calls
    spec = attribute_spec(fake, stand, concurrency=1, lines_per_request=3)
    job = job_for(workspace, spec)
    real = job.store.write
    monkeypatch.setattr(job, "progress", lambda *_, **__: None)
    broken = 0
    for at in range(1, 40):
        writes = [0]

        def write(at=at, writes=writes):
            writes[0] += 1
            if writes[0] == 3 + at % 3:
                raise Killed
            return real()

        monkeypatch.setattr(job.store, "write", write)
        try:
            attribute.run(spec, job)
        except Killed:
            broken += 1
            continue
        break
    assert broken > 5 and fake.calls - calls <= calls + broken
    same = [
        [
            {k: v for k, v in row.items() if k != "set_id"}
            for row in stored(workspace, name).values()
        ]
        for name in (stand.set_id, other.set_id)
    ]
    assert same[0] == same[1]


@pytest.mark.parametrize("waiting", ["answer", "retry"])
def test_stop_ends_the_run_within_a_second_and_keeps_the_rest(fake, workspace, stand, waiting):
    fake.answer = knows(stand.truth)
    spec = attribute_spec(fake, stand, concurrency=2)
    job = job_for(workspace, spec)
    fake.script(*["ok"] * 5, *["429-date" if waiting == "retry" else "silent"] * 9)
    seconds, later = stopped_after(7, fake, job, lambda: attribute.run(spec, job))
    assert seconds < 8
    assert len(notes(workspace)) == 5
    fake.script()
    assert attribute.run(spec, later)["answered"] == 45
    assert answered(fake) == dict.fromkeys(stand.doubtful, 2)


@pytest.mark.parametrize("fault", ["bad-json", "500", "null-content"])
def test_what_may_pass_is_asked_once_more_at_the_end_and_again_on_resume(
    fake, workspace, stand, fault
):
    """The third request fails for good in this run: its tries, and those of its second visit."""
    fake.answer = knows(stand.truth)
    spec = attribute_spec(fake, stand, concurrency=1, max_tries=2)
    job = job_for(workspace, spec)
    real, failing = fake.take, []

    def take(record):
        known = real(record)
        ids = ids_of(record)
        if fake.calls == 3:
            failing.append(ids)
        if [ids] == failing:
            fake.requests[-1]["fault"] = fault
            return fault
        return known

    fake.take = take
    result = attribute.run(spec, job)
    assert answered(fake) == Counter(dict.fromkeys(stand.doubtful, 2)) - Counter(failing[0])
    assert (result["answered"], result["left"]) == (45, 0)  # one vote is missing, the other decides
    assert sum(ids_of(request) == failing[0] for request in fake.requests) == 4
    given_up = units.of_set(workspace.store, "utterances-1", key="ask:", note="fault:")
    assert len(given_up) == 1 and "127.0.0.1" in given_up[0].note + "127.0.0.1" * (
        fault == "bad-json"
    )
    fake.take = real
    assert attribute.run(spec, job)["answered"] == 45 and answered(fake) == dict.fromkeys(
        stand.doubtful, 2
    )
    assert set(stored(workspace)[failing[0][0]]["votes"]) == set(
        f'{{"{stand.truth[failing[0][0]]}":2}}'
    )


def test_a_bad_key_ends_the_run_at_once_and_nothing_is_lost(fake, workspace, stand):
    fake.answer = knows(stand.truth)
    spec = attribute_spec(fake, stand, concurrency=4)
    job = job_for(workspace, spec)
    fake.script("ok", "ok", "ok", *["401"] * 50)
    with pytest.raises(LlmFault, match="refused the API key"):
        attribute.run(spec, job)
    assert fake.calls < 12 and len(notes(workspace)) == 3
    fake.script()
    assert attribute.run(spec, job)["answered"] == 45 and answered(fake) == dict.fromkeys(
        stand.doubtful, 2
    )


def test_a_server_that_only_fails_says_so(fake, workspace, stand):
    fake.random(1.0, faults=("400",))
    spec = attribute_spec(fake, stand, lines_per_request=40, window_chars=50_000, votes=1)
    before = stored(workspace)
    with pytest.raises(LlmFault, match="refused the request"):
        attribute.run(spec, job_for(workspace, spec))
    assert stored(workspace) == before


def test_what_is_too_long_is_asked_in_two_parts(fake, workspace, stand):
    fake.answer = knows(stand.truth)
    real = fake.take

    def take(record):
        long = len(record["body"]["messages"][-1]["content"]) > 1500
        fault = real(record)
        fake.requests[-1]["fault"] = "too-long" if long else fault
        return fake.requests[-1]["fault"]

    fake.take = take
    spec = attribute_spec(fake, stand, window_chars=1400, lines_per_request=20)
    result = attribute.run(spec, job_for(workspace, spec))
    faults = Counter(request["fault"] for request in fake.requests)
    assert faults["too-long"] > 2 and result["answered"] == 45 and all_right(workspace, stand)
    assert answered(fake) == dict.fromkeys(stand.doubtful, 2)


def test_ids_that_an_answer_lacks_are_asked_alone_and_only_once_more(fake, workspace, stand):
    def answer(_, schema):
        ids = list(schema["properties"])
        return json.dumps(
            {
                n: "谁也不是" if n == "80" else stand.truth[int(n)]
                for n in ids
                if n != "4" or len(ids) == 1
            },
            ensure_ascii=False,
        )

    fake.answer = answer
    spec = attribute_spec(fake, stand, concurrency=2)
    job = job_for(workspace, spec)
    result = attribute.run(spec, job)
    count = answered(fake)
    assert (count[4], count[80]) == (4, 4) and {
        count[n] for n in stand.doubtful if n not in (4, 80)
    } == {2}
    alone = [ids for ids in map(ids_of, fake.requests) if set(ids) <= {4, 80}]
    assert sorted(alone) == [[4], [4], [80], [80]]
    assert (result["answered"], result["left"]) == (44, 1)  # 4 is answered where it stands alone
    calls = fake.calls
    attribute.run(spec, job)  # the finished job run again asks for nothing
    assert fake.calls == calls


def test_a_decision_by_hand_survives_a_kill_and_a_resume(fake, workspace, stand):
    fake.answer = knows(stand.truth)
    spec = attribute_spec(fake, stand, concurrency=1)
    job = job_for(workspace, spec)
    fake.script("ok", "ok", "ok", "401")
    with pytest.raises(LlmFault):
        attribute.run(spec, job)
    decided = [n for n, row in stored(workspace).items() if row["decided"] == "model"]
    decisions.assign(workspace, stand.set_id, decided[0], "某人")
    decisions.assign(workspace, stand.set_id, stand.doubtful[-1], "某人")
    attribute.run(spec, job)
    rows = stored(workspace)
    assert rows[decided[0]]["speaker"] == rows[stand.doubtful[-1]]["speaker"] == "某人"
    assert answered(fake)[stand.doubtful[-1]] == 0
