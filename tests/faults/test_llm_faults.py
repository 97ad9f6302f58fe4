"""Every fault of a model server, through both clients: a typed LlmFault or a good answer, never a
raw exception.
"""

import socket
import time

import pytest

from studio import secrets
from studio.errors import LlmFault, Stopped
from studio.llm import ProviderSpec, Reply, connect
from tests.fake_provider import FakeProvider

ASK = [{"role": "user", "content": "Who is Wu Song?"}]
SCHEMA = {
    "type": "object",
    "properties": {"instruction": {"type": "string"}, "output": {"type": "string"}},
    "required": ["instruction", "output"],
    "additionalProperties": False,
}
both = pytest.mark.parametrize("provider", ["openai", "ollama"])


def fault_of(client, **values):
    with pytest.raises(LlmFault) as caught:
        client.ask(ASK, **values)
    assert caught.value.what.endswith(".") and "{" not in caught.value.sentence
    return caught.value


@both
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("400", "bad_request"),
        ("401", "auth"),
        ("402", "no_credit"),
        ("403", "auth"),
        ("404-model", "not_found"),
        ("404-path", "not_found"),
        ("413", "too_long"),
        ("too-long", "too_long"),
        ("quota", "no_credit"),
        ("429-600s", "rate_limit"),
        ("redirect:http://127.0.0.1:9", "unreachable"),
        ("length", "too_long"),
    ],
)
def test_what_no_second_try_mends_is_tried_once(fake, provider, fault, kind):
    fake.script(*[fault] * 4)
    assert fault_of(connect(fake.spec(provider))).kind == kind
    assert fake.calls == 1


@both
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("408", "timeout"),
        ("429", "rate_limit"),
        ("500", "server"),
        ("529", "server"),
        ("503-html", "server"),
        ("html", "bad_reply"),
        ("reset", "server"),
        ("cut-body", "server"),
        ("cut-json", "bad_reply"),
        ("empty-choices", "bad_reply"),
        ("null-content", "bad_reply"),
        ("blank", "bad_reply"),
        ("error-in-200", "*"),
    ],
)
def test_what_may_pass_is_tried_again_and_at_most_four_times(fake, provider, fault, kind):
    fake.script(*[fault] * 6)
    client = connect(fake.spec(provider))
    found = fault_of(client)
    assert (found.kind == kind or kind == "*") and fake.calls == 4
    fake.script(fault)
    assert client.ask(ASK).text.startswith("Answer")
    assert fake.calls == 6


@both
@pytest.mark.parametrize("fault", ["stream-cut", "stream-drop", "stream-bad-event", "stream-error"])
def test_a_stream_that_breaks_is_a_fault_and_never_a_whole_reply(fake, provider, fault):
    fake.script(fault)
    seen = []
    with pytest.raises(LlmFault) as caught:
        for item in connect(fake.spec(provider)).stream(ASK):
            seen.append(item)
    assert caught.value.kind in ("bad_reply", "unreachable", "server")
    assert seen and all(isinstance(item, str) for item in seen)


@both
@pytest.mark.parametrize("fault", ["ok", "stream-double-done"])
def test_a_stream_gives_its_pieces_and_then_the_reply(fake, provider, fault):
    fake.script(fault)
    *pieces, reply = connect(fake.spec(provider)).stream(ASK)
    assert isinstance(reply, Reply) and "".join(pieces) == reply.text
    assert (reply.prompt_tokens, reply.completion_tokens, reply.finish_reason) == (11, 7, "stop")


@both
def test_a_stream_is_tried_again_before_its_first_piece(fake, provider):
    fake.script("500")
    *pieces, reply = connect(fake.spec(provider)).stream(ASK)
    assert fake.calls == 2 and reply.text == "".join(pieces)


@both
@pytest.mark.parametrize(("fault", "low", "high"), [("429-1s", 0.95, 8), ("429-date", 0.9, 8)])
def test_retry_after_is_kept(fake, provider, fault, low, high):
    waits = []
    fake.script(fault)
    connect(fake.spec(provider)).ask(
        ASK, on_wait=lambda fault, seconds: waits.append((fault.kind, seconds))
    )
    first, second = (request["at"] for request in fake.requests)
    assert low <= second - first <= high
    assert waits[0][0] == "rate_limit" and waits[0][1] <= second - first + 0.5


@both
@pytest.mark.parametrize("stream", [False, True])
def test_the_total_time_is_kept(fake, provider, stream):
    fake.script(*["stream-silent" if stream else "silent"] * 4)
    client = connect(fake.spec(provider, timeout_s=1))
    begun = time.monotonic()
    with pytest.raises(LlmFault) as caught:
        list(client.stream(ASK)) if stream else client.ask(ASK)
    assert caught.value.kind == "timeout" and time.monotonic() - begun < 10


@both
def test_slow_drops_do_not_outlive_the_total_time(fake, provider):
    fake.piece_delay_s = 0.2
    begun = time.monotonic()
    with pytest.raises(LlmFault) as caught:
        list(connect(fake.spec(provider, timeout_s=1)).stream(ASK))
    assert caught.value.kind == "timeout" and time.monotonic() - begun < 10


@both
@pytest.mark.parametrize("how", ["stream", "ask", "wait"])
def test_stop_acts_within_a_second(fake, provider, how):
    fake.piece_delay_s, fake.delay_s = 5.0, 20.0
    fake.script(*["429-date" if how == "wait" else "ok"] * 4)
    client, begun = connect(fake.spec(provider)), time.monotonic()
    stop = lambda: time.monotonic() - begun > 0.5  # noqa: E731
    with pytest.raises(Stopped):
        list(client.stream(ASK, stop)) if how == "stream" else client.ask(ASK, stop=stop)
    assert time.monotonic() - begun < 4.5


def test_a_stopped_stream_hangs_up_on_the_server(fake):
    fake.piece_delay_s = 0.2
    pieces = connect(fake.spec()).stream(ASK)
    next(pieces)
    pieces.close()
    assert fake.hung_up.wait(3)


@both
def test_nobody_listens(provider):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{held.getsockname()[1]}"
        client = connect(ProviderSpec(provider=provider, base_url=base_url, max_tries=1))
        assert fault_of(client).kind == "unreachable"


@both
def test_tls_where_there_is_none(fake, provider):
    spec = fake.spec(provider, base_url=fake.url(provider).replace("http:", "https:"))
    found = fault_of(connect(spec))
    assert found.kind == "unreachable" and "TLS" in found.what


@both
def test_a_name_that_does_not_exist(provider, monkeypatch):
    def unknown(*_args, **_values):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    client = connect(ProviderSpec(provider=provider, base_url="http://nosuch.invalid", max_tries=1))
    found = fault_of(client)
    assert found.kind == "unreachable" and "name" in found.what


@both
def test_the_key_goes_to_its_host_alone(fake, provider, monkeypatch):
    for name in ("OPENAI_API_KEY", "OLLAMA_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "sk-environment-123456")
    secrets.save_key(fake.url(provider), "sk-mine-1234567890")
    connect(fake.spec(provider)).ask(ASK)
    with FakeProvider() as other:
        connect(other.spec(provider)).ask(ASK)
        fake.script(f"redirect:http://127.0.0.1:{other.port}")
        fault_of(connect(fake.spec(provider)))
        assert other.calls == 1
        assert "sk-" not in str(other.requests[0]["headers"])
    assert fake.requests[0]["headers"]["authorization"] == "Bearer sk-mine-1234567890"
    assert "sk-environment" not in str(fake.requests)


def test_a_key_in_the_servers_words_is_not_passed_on(fake):
    fake.script("401")
    found = fault_of(connect(fake.spec()))
    assert "secretsecret" not in str(found.as_record())


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest",
        "http://2852039166/",
        "http://0xa9.254.169.254",
        "http://[fe80::1]:8000",
        "http://[::ffff:169.254.169.254]/",
        "http://metadata.google.internal",
        "ftp://localhost/v1",
        "http://user:pw@host/v1",
        "file:///etc/passwd",
        "http://host:99999/v1",
        "http://",
    ],
)
def test_addresses_where_no_model_server_is(address):
    with pytest.raises(LlmFault) as caught:
        connect(ProviderSpec(provider="openai", base_url=address))
    assert caught.value.kind == "bad_request" and "pw@" not in caught.value.sentence


def test_a_name_that_leads_to_a_forbidden_address_gets_no_request(fake, monkeypatch):
    from studio.llm import line

    monkeypatch.setattr(line, "forbidden", lambda host: host == "127.0.0.1")
    assert fault_of(connect(fake.spec())).kind == "bad_request"
    assert fake.calls == 0


@both
def test_json_by_schema(fake, provider):
    reply = connect(fake.spec(provider)).ask(ASK, SCHEMA)
    assert set(reply.data) == {"instruction", "output"} and fake.calls == 1


def test_the_ladder_goes_down_and_is_remembered(fake):
    fake.script("no-schema", "no-object")
    client = connect(fake.spec())
    assert client.ask(ASK, SCHEMA).data["output"]
    shapes = [request["body"].get("response_format", {}).get("type") for request in fake.requests]
    assert shapes == ["json_schema", "json_object", None]
    client.ask(ASK, SCHEMA)
    assert fake.calls == 4


def test_a_field_the_server_does_not_know_is_left_out(fake):
    fake.script("no-seed")
    assert connect(fake.spec()).ask(ASK).text
    assert ["seed" in request["body"] for request in fake.requests] == [True, False]


@both
def test_json_is_asked_for_once_more_with_the_reason(fake, provider):
    fake.script("bad-json")
    reply = connect(fake.spec(provider)).ask(ASK, SCHEMA)
    assert reply.data["instruction"] and reply.prompt_tokens == 22 and fake.calls == 2
    assert "not a JSON object" in fake.requests[1]["body"]["messages"][-1]["content"]
    fake.script("bad-json", "bad-json")
    assert fault_of(connect(fake.spec(provider)), schema=SCHEMA).kind == "bad_reply"
    assert fake.calls == 4


@both
def test_json_that_was_cut_is_never_mended(fake, provider):
    fake.answer = lambda messages, schema: '{"instruction": "Who?", "output": "He is the'
    fake.script("length")
    assert fault_of(connect(fake.spec(provider)), schema=SCHEMA).kind == "too_long"


def test_damaged_json_and_thinking_are_read(fake):
    fake.answer = lambda messages, schema: (
        "<think>hm {</think> ```json\n{'instruction': 'Who?', output: 'He',}\n```"
    )
    assert connect(fake.spec()).ask(ASK, SCHEMA).data == {"instruction": "Who?", "output": "He"}


def test_ollama_is_asked_for_a_context_that_holds_the_prompt(fake):
    connect(fake.spec("ollama")).ask([{"role": "user", "content": "字" * 6000}])
    assert fake.requests[0]["body"]["options"]["num_ctx"] == 8192
