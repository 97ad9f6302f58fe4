"""The model server: a real process, the starter model for what it says, a tiny random one for how
it lives.
"""

import functools
import http.client
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import openai
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_model import SHAPE

from studio import serving
from studio.errors import ModelError, Stopped
from studio.llm import ProviderSpec, connect
from studio.processes import worker_environment
from studio.serving.request import Generation
from studio.serving.state import server_folder
from studio.serving.textstream import TextStream

pytestmark = pytest.mark.model
LONG = 30_000  # more tokens than a test would wait for


def ask(text="Tell me about the sea.", **more):
    given = {
        "model": "base",
        "messages": [{"role": "user", "content": text}],
        "temperature": 0,
        "max_tokens": 16,
    }
    return given | more


def make_adapter(base, target, seed, **config):
    """A LoRA adapter with a non-zero B, so that it changes what the model says."""
    import torch
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(seed)
    model = get_peft_model(
        base,
        LoraConfig(r=4, lora_alpha=16, target_modules=["q_proj", "v_proj", "o_proj"], **config),
    )
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.08)
    model.save_pretrained(target)
    model.unload()
    return target


@pytest.fixture(scope="module")
def made(starter, tmp_path_factory):
    """The starter, a tiny random Llama with its tokenizer, and adapters for both."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig

    torch.set_num_threads(1)  # spinning threads here would slow the server down
    root = tmp_path_factory.mktemp("made")
    models, runs = root / "models", root / "runs"
    models.mkdir()
    (models / starter.name).symlink_to(starter)
    tokenizer = AutoTokenizer.from_pretrained(starter)
    base = AutoModelForCausalLM.from_pretrained(starter, dtype=torch.float32)
    torch.manual_seed(0)
    tiny = AutoModelForCausalLM.from_config(
        LlamaConfig(
            vocab_size=49152,
            num_hidden_layers=3,
            max_position_embeddings=2048,
            initializer_range=0.3,
            tie_word_embeddings=True,
            **SHAPE,
        )
    )
    tiny.save_pretrained(models / "tiny")
    tokenizer.save_pretrained(models / "tiny")
    paths = {
        name: make_adapter(base, runs / name, seed)
        for seed, name in enumerate(("emperor", "pigsy"))
    }
    paths |= {f"tiny-{n}": make_adapter(tiny, runs / f"tiny-{n}", n) for n in (1, 2)}
    paths["tiny-dora"] = make_adapter(tiny, runs / "tiny-dora", 3, use_dora=True)
    return SimpleNamespace(
        root=root, models=models, runs=runs, adapters=paths, tokenizer=tokenizer, base=base.eval()
    )


@pytest.fixture
def env(made, monkeypatch):
    monkeypatch.setenv("INKWELL_MODELS", str(made.models))
    monkeypatch.setenv("INKWELL_MODEL_ROOTS", str(made.models))
    return made


@pytest.fixture(scope="module")
def running(made):
    """The starter model's server, with both adapters, for all tests that only ask."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INKWELL_HOME", str(made.root / "home"))
        patch.setenv("INKWELL_MODELS", str(made.models))
        info = serving.ensure(
            serving.ServerSpec(model_name_or_path="starter", adapter_roots=[str(made.runs)])
        )
        for name in ("emperor", "pigsy"):
            serving.load_adapter(name, made.adapters[name])
        client = openai.OpenAI(
            base_url=info.base_url, api_key=info.token.reveal(), max_retries=0, timeout=120
        )
        yield SimpleNamespace(
            info=info, client=client, chat=client.chat.completions.create, status=serving.status()
        )
        process = psutil.Process(serving.status().pid)
        shutil.rmtree(made.root / "home")
    process.wait(4)  # a server whose home is gone can be found by nobody, so it ends
    assert not (made.root / "home").exists()


@pytest.fixture
def server(running, env, monkeypatch):
    monkeypatch.setenv("INKWELL_HOME", str(env.root / "home"))
    return running


def raw(server, path, headers, method="GET", body=None):
    address = server.info.base_url.split("//")[1].split("/")[0]
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.putrequest(method, path, skip_host=True)
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders(body)
    return connection.getresponse().status


def reference(made, text, count, adapter=None):
    """Transformers' own greedy answer, with PEFT's own loading of an adapter."""
    from peft import PeftModel

    model = (
        made.base
        if adapter is None
        else PeftModel.from_pretrained(made.base, made.adapters[adapter])
    )
    inputs = made.tokenizer.apply_chat_template(
        [{"role": "user", "content": text}],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=True,
    )
    out = model.generate(**inputs, do_sample=False, max_new_tokens=count)
    if adapter is not None:
        model.unload()
    return made.tokenizer.decode(out[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)


def test_base_and_adapters_side_by_side_say_what_each_says_alone(server, env):
    """All at once in one batch, with prompts of different lengths, token by token as transformers
    and PEFT have it.
    """
    jobs = [
        ("base", "Tell me about the sea."),
        ("emperor", "Who are you?"),
        ("pigsy", "Who are you?"),
        ("base", "1+1?"),
    ]
    expected = [reference(env, text, 16, None if name == "base" else name) for name, text in jobs]
    assert len(set(expected)) == 4
    told, times = [""] * len(jobs), [[] for _ in jobs]

    def listen(index):
        name, text = jobs[index]
        for chunk in server.chat(**ask(text, model=name, stream=True)):
            told[index] += chunk.choices[0].delta.content or ""
            times[index].append(time.monotonic())

    threads = [threading.Thread(target=listen, args=(index,)) for index in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert told == expected
    assert max(series[2] for series in times[:3]) < min(series[-1] for series in times[:3]), (
        "they did not progress together"
    )
    assert server.chat(**ask(jobs[0][1])).choices[0].message.content == expected[0]


def test_a_stream_has_the_protocols_shape(server):
    chunks = list(
        server.chat(**ask(max_tokens=5, stream=True, stream_options={"include_usage": True}))
    )
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [
        c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason
    ] == ["length"]
    assert not chunks[-1].choices and chunks[-1].usage.completion_tokens == 5
    assert len({chunk.id for chunk in chunks}) == 1
    whole = server.chat(**ask(max_tokens=5))
    assert whole.choices[0].message.content == "".join(
        c.choices[0].delta.content or "" for c in chunks if c.choices
    )
    assert whole.usage.prompt_tokens == chunks[-1].usage.prompt_tokens
    ended = server.chat(**ask("What is the capital of France?", max_tokens=40))
    assert ended.choices[0].finish_reason == "stop" and "Paris" in ended.choices[0].message.content


def test_sampling_is_repeatable_by_seed_and_stops_at_a_text(server):
    once, again, other = (
        server.chat(
            **ask(temperature=1.2, top_p=0.95, seed=seed, max_tokens=8, extra_body={"top_k": 50})
        )
        .choices[0]
        .message.content
        for seed in (7, 7, 8)
    )
    assert once == again != other
    plain = (
        server.chat(**ask("What is the capital of France?", max_tokens=12))
        .choices[0]
        .message.content
    )
    cut = server.chat(
        **ask("What is the capital of France?", max_tokens=12, stop=["nothing", "of Fr"])
    )
    assert (
        cut.choices[0].message.content == plain.split("of Fr")[0]
        and cut.choices[0].finish_reason == "stop"
    )
    penalised = server.chat(
        **ask(
            "What is the capital of France?", max_tokens=12, extra_body={"repetition_penalty": 1.8}
        )
    )
    assert penalised.choices[0].message.content != plain


def test_json_follows_its_schema(server):
    short = {"type": "string", "maxLength": 12}
    schema = {
        "type": "object",
        "properties": {"name": short, "age": {"type": "integer", "maximum": 99, "minimum": 0}},
        "required": ["name", "age"],
        "additionalProperties": False,
    }
    wish = {"type": "json_schema", "json_schema": {"name": "person", "schema": schema}}
    reply = server.chat(**ask("Describe a person.", max_tokens=60, response_format=wish))
    found = json.loads(reply.choices[0].message.content)
    assert (
        set(found) == {"name", "age"} and isinstance(found["age"], int) and len(found["name"]) <= 12
    )
    wish["json_schema"]["schema"] = {"type": "no such type"}
    with pytest.raises(openai.BadRequestError, match="schema"):
        server.chat(**ask(response_format=wish))


def test_what_cannot_be_served_is_refused_in_openais_form(server):
    with pytest.raises(openai.NotFoundError) as caught:
        server.chat(**ask(model="nobody"))
    assert caught.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as caught:
        server.chat(**ask("word " * 9000))
    assert caught.value.code == "context_length_exceeded"
    for wrong in (
        {"n": 2},
        {"max_tokens": 0},
        {"temperature": -1},
        {"messages": []},
        {"response_format": {"type": "xml"}},
    ):
        with pytest.raises(openai.BadRequestError):
            server.chat(**ask() | wrong)
    assert {one.id for one in server.client.models.list()} == {"base", "emperor", "pigsy"}


def test_a_lost_listener_ends_its_generation(server):
    for streamed in (True, False):
        if streamed:
            stream = server.chat(**ask(max_tokens=LONG, temperature=1, stream=True))
            for _, _chunk in zip(range(4), stream, strict=False):
                pass
            stream.close()
        else:
            with pytest.raises(openai.APITimeoutError):
                server.client.with_options(timeout=1.0).chat.completions.create(
                    **ask(max_tokens=LONG, temperature=1, extra_body={"repetition_penalty": 1.3})
                )
        left = time.monotonic()
        while serving.control.admin_client.call(server.status, "GET", "/status")["active"]:
            assert time.monotonic() - left < 12, "generation went on"  # it would take half a minute
            time.sleep(0.05)


def test_only_the_token_and_loopbacks_own_name_get_in(server):
    host = server.info.base_url.split("//")[1].split("/")[0]
    port = host.split(":")[1]
    right = ("Authorization", f"Bearer {server.info.token.reveal()}")
    assert raw(server, "/v1/models", [("Host", host), right]) == 200
    assert raw(server, "/health", [("Host", f"localhost:{port}")]) == 200
    for wrong in ("", "Bearer ", "Bearer x", server.info.token.reveal(), right[1] + "x"):
        assert raw(server, "/v1/models", [("Host", host), ("Authorization", wrong)]) == 401
    for path, method in (
        ("/v1/status", "GET"),
        ("/v1/adapters", "POST"),
        ("/v1/adapters/emperor", "DELETE"),
        ("/none", "GET"),
    ):
        assert raw(server, path, [("Host", host)], method) == 401
    for name in (
        "evil.example",
        f"evil.example:{port}",
        f"127.0.0.1.evil:{port}",
        f"localhost.:{port}",
        "127.0.0.1",
        f"0.0.0.0:{port}",
    ):
        assert raw(server, "/health", [("Host", name), right]) == 403
    assert raw(server, "/health", [right]) in (400, 403)
    folder = Path(os.environ["INKWELL_HOME"]) / "server"
    assert stat.S_IMODE((folder / "state.json").stat().st_mode) == 0o600
    token = server.info.token.reveal()
    assert token not in (folder / "log.txt").read_text() and token not in repr(serving.status())
    assert token not in " ".join(psutil.Process(server.status.pid).cmdline())


def test_adapters_come_and_go_and_unfit_ones_leave_the_rest_untouched(server, env, tmp_path):
    before = server.chat(**ask(max_tokens=8)).choices[0].message.content
    with pytest.raises(ModelError, match="outside"):
        serving.load_adapter("far", shutil.copytree(env.adapters["pigsy"], tmp_path / "far"))
    with pytest.raises(ModelError, match="does not fit"):
        serving.load_adapter("tiny", env.adapters["tiny-1"])
    changed = shutil.copytree(env.adapters["pigsy"], env.runs / "pissa", dirs_exist_ok=True)
    config = json.loads((changed / "adapter_config.json").read_text()) | {
        "init_lora_weights": "pissa"
    }
    (changed / "adapter_config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="changes the base"):
        serving.load_adapter("pissa", changed)
    serving.load_adapter("第 二", env.adapters["pigsy"])
    same = [
        server.chat(**ask(model=name, max_tokens=8)).choices[0].message.content
        for name in ("第 二", "pigsy")
    ]
    assert same[0] == same[1] != before
    assert set(serving.status().adapters) == {"emperor", "pigsy", "第 二"}
    serving.unload_adapter("第 二")
    with pytest.raises(ModelError, match="no model 第 二"):
        serving.unload_adapter("第 二")
    assert server.chat(**ask(max_tokens=8)).choices[0].message.content == before


def test_a_server_that_is_answering_is_not_taken_away(server, env):
    stream = server.chat(**ask(max_tokens=LONG, temperature=1, stream=True))
    next(iter(stream))
    with pytest.raises(ModelError, match="busy with starter"):
        serving.ensure(serving.ServerSpec(model_name_or_path="tiny"), timeout_s=20)
    stream.close()
    again = serving.ensure(serving.ServerSpec(model_name_or_path="starter", threads=1))
    assert again.base_url == server.info.base_url and serving.status().memory_mb > 100


def test_one_server_whoever_asks_and_a_new_one_after_a_kill(env):
    """Two processes at once start one server; killed, it is told and started again; idle, it ends
    by itself.
    """
    spec = serving.ServerSpec(model_name_or_path="tiny", adapter_roots=[str(env.runs)])
    code = (
        "import sys; from studio import serving; "
        "print(serving.ensure(serving.ServerSpec.read({'model_name_or_path': 'tiny'})).base_url)"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=worker_environment()
    )
    info = serving.ensure(spec)
    assert (
        other.communicate(timeout=60)[0].strip() == info.base_url == serving.ensure(spec).base_url
    )
    serving.load_adapter(
        "one", env.adapters["tiny-1"]
    )  # allowed although the other process may have started it
    os.kill(serving.status().pid, signal.SIGKILL)
    while serving.status().state == "ready":
        time.sleep(0.02)
    assert (
        serving.status().state == "failed" and "without a word" in serving.status().error.sentence
    )

    with pytest.raises(Stopped):
        serving.ensure(spec, stop=lambda: True)
    began = time.monotonic()
    serving.stop()  # while it is loading
    assert serving.status().state == "off" and time.monotonic() - began < 20
    fresh = serving.ensure(serving.ServerSpec(model_name_or_path="tiny", idle_minutes=0.02))
    assert (
        fresh.base_url != info.base_url
        and fresh.token.reveal() != info.token.reveal()
        and fresh.adapters == ()
    )
    ends = time.monotonic() + 30
    while serving.status().state == "ready":
        assert time.monotonic() < ends, "it outlived its idle time"
        time.sleep(0.05)
    assert serving.status().state == "off"


def test_a_server_that_dies_of_an_error_says_which(env, tmp_path, monkeypatch):
    (tmp_path / "uvicorn.py").write_text(
        "raise ImportError('no uvicorn for this machine (/home/a/lib.so)')"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(
        ModelError, match="ended .ImportError: no uvicorn for this machine.\\. Start"
    ):
        serving.ensure(serving.ServerSpec(model_name_or_path="tiny"))


def test_a_killed_server_did_not_die_of_a_requests_error_and_the_next_question_starts_another(env):
    serving.ensure(serving.ServerSpec(model_name_or_path="tiny"))
    with (server_folder() / "log.txt").open("a") as log:
        log.write("RuntimeError: a step that failed\n")
    os.kill(serving.status().pid, signal.SIGKILL)
    while serving.status().state == "ready":
        time.sleep(0.02)
    assert "without a word" in serving.status().error.sentence
    client = connect(ProviderSpec(model_name_or_path="tiny", max_tokens=8))
    *pieces, reply = client.stream([{"role": "user", "content": "Say hello."}])
    assert reply.text == "".join(pieces)


def test_a_model_that_cannot_be_loaded_is_told(env):
    broken = shutil.copytree(env.models / "tiny", env.models / "broken", dirs_exist_ok=True)
    config = json.loads((broken / "config.json").read_text()) | {"model_type": "no-such-type"}
    (broken / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="no model"):
        serving.ensure(serving.ServerSpec(model_name_or_path="absent"))
    with pytest.raises(Exception, match="could not be loaded"):
        serving.ensure(serving.ServerSpec(model_name_or_path="broken"), timeout_s=60)
    assert serving.status().state == "failed" and serving.status().error.do


# --- parts of the engine, in this process


def collect(engine, requests, pause_s=0.0):
    """Token counts and texts of requests sent one after another."""
    texts, ends = ["" for _ in requests], [threading.Event() for _ in requests]

    def emit(index, piece):
        texts[index] += piece.text + piece.error
        if piece.finish:
            ends[index].set()

    for index, request in enumerate(requests):
        engine.submit(request, functools.partial(emit, index))
        time.sleep(pause_s)
    assert all(end.wait(60) for end in ends)
    return texts


def test_rows_that_come_and_go_at_any_time_change_nothing_for_the_others(env):
    """Prompts from 3 to 700 tokens, adapters, DoRA: the same texts alone and together, more than
    one batch holds.
    """
    from studio.serving.engine import Engine
    from studio.serving.weights import Weights

    weights = Weights(serving.ServerSpec(model_name_or_path="tiny", threads=1, dtype="float32"))
    for name in ("tiny-1", "tiny-2", "tiny-dora"):
        weights.put_on(name, env.adapters[name], [env.runs])
    engine = Engine(weights)
    ids = env.tokenizer(
        "The sea was calm and the old ship went on, as it had for many years. " * 60
    )["input_ids"]
    names = [
        "base",
        "tiny-1",
        "tiny-2",
        "tiny-dora",
        "base",
        "tiny-1",
        "tiny-dora",
        "base",
        "tiny-2",
        "base",
    ]
    requests = [
        Generation(ids[n : n + length], adapter=name, max_tokens=8 + 3 * n, temperature=0)
        for n, (name, length) in enumerate(
            zip(names, (3, 700, 40, 12, 150, 9, 77, 300, 5, 64), strict=True)
        )
    ]
    alone = [collect(engine, [request])[0] for request in requests]
    assert collect(engine, requests, pause_s=0.01) == alone
    assert len(set(alone)) == len(alone)
    for name in ("tiny-1", "tiny-dora", "tiny-2"):
        engine.between_steps(lambda name=name: weights.take_off(name)).result(10)
    assert weights.model is weights.base and collect(engine, requests[:1]) == alone[:1]
    engine.close()
    assert engine.dead


def test_an_adapter_of_invalid_numbers_fails_alone(env, tmp_path):
    from safetensors.torch import load_file, save_file

    from studio.serving.engine import Engine
    from studio.serving.weights import Weights

    bad = shutil.copytree(env.adapters["tiny-1"], tmp_path / "bad")
    save_file(
        {k: v * float("nan") for k, v in load_file(bad / "adapter_model.safetensors").items()},
        bad / "adapter_model.safetensors",
    )
    weights = Weights(serving.ServerSpec(model_name_or_path="tiny", threads=1))
    weights.put_on("bad", bad, [tmp_path])
    engine = Engine(weights)
    good, broken = (
        Generation([5, 6, 7], max_tokens=6, temperature=0),
        Generation([5, 6, 7], adapter="bad", max_tokens=6),
    )
    alone = collect(engine, [good])
    told = collect(engine, [good, broken])
    assert told[0] == alone[0] and "NaN" in told[1]
    engine.close()


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(alphabet=st.sampled_from("abc 皇上四郎。é👑\n"), max_size=40),
    stop=st.sampled_from(["", "皇上", "ab", "四郎。", "👑\n"]),
)
def test_streamed_text_is_the_whole_text_up_to_the_stop(text, stop):
    tokenizer = _tokenizer()
    stream, told = TextStream(tokenizer, (stop,)), ""
    for token in tokenizer(text)["input_ids"]:
        told += stream.push(token)
        assert "\ufffd" not in told
        if stream.stopped:
            break
    told += stream.end()
    assert told == (text.split(stop)[0] if stop else text)


@functools.cache
def _tokenizer():
    from transformers import AutoTokenizer

    from studio.models import resolve

    return AutoTokenizer.from_pretrained(resolve("starter"))
