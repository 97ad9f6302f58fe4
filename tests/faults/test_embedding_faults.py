"""Embeddings of a server under fault: a typed LlmFault or right vectors in order, through both
protocols.
"""

import threading
import time

import numpy as np
import pytest

from studio import secrets
from studio.chunking import ChunkSpec, chunk_text
from studio.chunking.encoders import factory
from studio.errors import LlmFault, ModelError, Stopped
from tests.fake_provider import embed

PARTS = [f"Sentence {i} of {'ab' * (i % 7)}. " for i in range(150)]
both = pytest.mark.parametrize("provider", ["openai", "ollama"])


def made(fake, provider, workspace=None):
    return factory.make(
        ChunkSpec(encoder=provider, encoder_model="embedder", encoder_url=fake.url(provider)),
        workspace,
    )


def rows(encoder, parts=PARTS, told=lambda share: None):
    borders = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).tolist()
    return np.asarray(encoder("".join(parts), borders, told).rows, dtype=np.float32)


def wanted(parts, width=8):
    found = np.array([embed(part.strip(), width) for part in parts])
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def fault_of(encoder, parts=PARTS):
    with pytest.raises(LlmFault) as caught:
        rows(encoder, parts)
    assert caught.value.what.endswith(".") and caught.value.do and "{" not in caught.value.sentence
    return caught.value


@both
def test_many_a_request_each_once_in_order_and_of_length_1(fake, provider):
    parts = [*PARTS, " \n", PARTS[3], "\u3000", PARTS[140]]
    found = rows(made(fake, provider), parts)
    assert np.abs(found - wanted(parts)).max() < 2e-3 and not found[150].any()
    sent = [text for request in fake.requests for text in request["body"]["input"]]
    assert sorted(sent) == sorted(part.strip() for part in PARTS) and fake.calls == 3
    assert all(request["body"]["model"] == "embedder" for request in fake.requests)


@both
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("401", "auth"),
        ("402", "no_credit"),
        ("403", "auth"),
        ("404-model", "not_found"),
        ("404-path", "not_found"),
        ("429-600s", "rate_limit"),
    ],
)
def test_what_no_second_try_mends_is_tried_once(fake, provider, fault, kind):
    fake.script(*[fault] * 8)
    assert fault_of(made(fake, provider), PARTS[:5]).kind == kind
    assert fake.calls == 1


@both
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("429", "rate_limit"),
        ("500", "server"),
        ("503-html", "server"),
        ("html", "bad_reply"),
        ("reset", "server"),
        ("cut-body", "server"),
        ("cut-json", "bad_reply"),
        ("few", "bad_reply"),
        ("ragged", "bad_reply"),
        ("not-numbers", "bad_reply"),
        ("error-in-200", "*"),
    ],
)
def test_what_may_pass_is_tried_again_and_at_most_four_times(fake, provider, fault, kind):
    fake.script(*[fault] * 4)
    found = fault_of(made(fake, provider), PARTS[:5])
    assert (found.kind == kind or kind == "*") and fake.calls == 4
    fake.script(fault)
    assert np.abs(rows(made(fake, provider), PARTS[:5]) - wanted(PARTS[:5])).max() < 2e-3


@both
def test_a_told_wait_is_kept_and_a_share_of_failures_changes_nothing(fake, provider):
    fake.script("429-1s")
    begun = time.monotonic()
    rows(made(fake, provider), PARTS[:5])
    assert time.monotonic() - begun >= 1
    fake.random(0.25, seed=4, faults=("429", "500", "reset", "cut-json"))
    assert np.abs(rows(made(fake, provider)) - wanted(PARTS)).max() < 2e-3


def test_vectors_given_in_another_order_are_put_right(fake):
    fake.script(*["turned"] * 3)
    assert np.abs(rows(made(fake, "openai")) - wanted(PARTS)).max() < 2e-3


@both
def test_another_width_is_refused_between_requests_and_between_runs(fake, provider, workspace):
    fake.script("ok", "ok", "wide")
    fault = fault_of(made(fake, provider))
    assert fault.kind == "bad_reply" and "9" in fault.what and "8" in fault.what
    rows(made(fake, provider, workspace), PARTS[:10])
    fake.width = 12
    with pytest.raises(ModelError):
        rows(made(fake, provider, workspace), PARTS[:20])
    assert rows(made(fake, provider, workspace), PARTS[:20]).shape == (20, 12)


@both
def test_a_server_that_takes_few_texts_or_short_ones_is_asked_with_less(fake, provider):
    fake.most_texts = 10
    assert np.abs(rows(made(fake, provider)) - wanted(PARTS)).max() < 2e-3
    assert max(len(request["body"]["input"]) for request in fake.requests[-6:]) <= 10
    fake.script("too-long")
    assert rows(made(fake, provider), ["word " * 200]).any()
    fake.script(*["too-long"] * 40)
    assert fault_of(made(fake, provider), ["word " * 20]).kind == "too_long"


@both
def test_a_stop_is_obeyed_while_the_server_thinks(fake, provider):
    fake.delay_s = 30
    begun, stop = time.monotonic(), threading.Timer(0.5, lambda: asked.set())
    asked = threading.Event()
    stop.start()

    def told(share):
        if asked.is_set():
            raise Stopped

    with pytest.raises(Stopped):
        rows(made(fake, provider), told=told)
    assert time.monotonic() - begun < 15


@both
def test_a_second_time_nothing_is_sent_and_after_a_fault_only_the_rest(fake, provider, workspace):
    fake.script("ok", *["401"] * 9)
    fault_of(made(fake, provider, workspace))
    fake.script()
    before = sum(
        len(request["body"]["input"]) for request in fake.requests if request["fault"] == "ok"
    )
    rows(made(fake, provider, workspace))
    sent = sum(
        len(request["body"]["input"]) for request in fake.requests if request["fault"] == "ok"
    )
    assert before > 0 and sent == len(PARTS)
    calls = fake.calls
    rows(made(fake, provider, workspace))
    assert fake.calls == calls


@both
def test_the_key_goes_to_its_host_alone_and_into_no_sentence_and_no_file(fake, provider, workspace):
    secrets.save_key(fake.url(provider), "sk-verysecret99887766")
    rows(made(fake, provider, workspace), PARTS[:3])
    assert fake.requests[0]["headers"]["authorization"] == "Bearer sk-verysecret99887766"
    fake.script("401")
    assert "verysecret" not in fault_of(made(fake, provider), PARTS[:3]).sentence
    assert not any(
        b"verysecret" in path.read_bytes() for path in workspace.path.rglob("*") if path.is_file()
    )


@both
def test_a_text_is_cut_by_a_servers_vectors_and_loses_nothing(fake, provider):
    text = "".join(PARTS)
    spec = ChunkSpec(
        encoder=provider, encoder_model="m", encoder_url=fake.url(provider), max_tokens=128
    )
    assert "".join(chunk.text for chunk in chunk_text(text, spec)) == text


def test_a_bad_address_and_no_server_are_named(fake):
    with pytest.raises(LlmFault, match="not allowed"):
        factory.make(
            ChunkSpec(encoder="openai", encoder_model="m", encoder_url="http://169.254.169.254/v1")
        )
    dead = ChunkSpec(encoder="ollama", encoder_model="m", encoder_url="http://127.0.0.1:9")
    assert fault_of(factory.make(dead), PARTS[:2]).kind == "unreachable"
