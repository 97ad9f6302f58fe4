"""Speed and memory of the model server with the starter model.

    python tests/bench/bench_serving.py [--threads N]
    python tests/bench/bench_serving.py --peer /path/to/llamafactory-cli [--rounds 9]

Prints tokens a second of one stream, of base and adapter side by side, and of eight answers at
once. With --peer it asks our server and `llamafactory-cli api` (huggingface backend) in turn: the
same folder of weights, the same prompt, greedy, as many tokens, streamed, one stream; both servers
stand ready meanwhile, each with its own default of threads (or both with --threads). What counts is
the median of each and of the ratios of neighbouring rounds, since the machine may be busy with
other things.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from studio import serving

PROMPT = [
    {"role": "user", "content": "Write a long story about a ship that sails around the world."}
]
TOKENS = 64


def stream(client, model: str, counts: list[int], times: list[float]) -> None:
    """One greedy answer; its token count, and the seconds to its first token."""
    began, last = time.monotonic(), 0
    for chunk in client.chat.completions.create(
        model=model,
        messages=PROMPT,
        max_tokens=TOKENS,
        temperature=0,
        stream=True,
        stream_options={"include_usage": True},
    ):
        if chunk.choices and chunk.choices[0].delta.content and last == 0:
            times.append(time.monotonic() - began)
            last = 1
        if chunk.usage:
            counts.append(chunk.usage.completion_tokens)


def measure(client, models: list[str]) -> str:
    """Tokens a second of all answers together, asked for at the same moment."""
    counts, firsts = [], []
    threads = [
        threading.Thread(target=stream, args=(client, model, counts, firsts)) for model in models
    ]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    passed = time.monotonic() - began
    return (
        f"{sum(counts) / passed:6.1f} tokens/s in all, first token after {max(firsts):.2f} s "
        f"at the latest"
    )


def make_adapter(target: Path) -> None:
    """A LoRA of rank 8 on all linear layers of the starter."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    from studio.models import resolve

    base = AutoModelForCausalLM.from_pretrained(resolve("starter"), trust_remote_code=False)
    get_peft_model(base, LoraConfig(r=8, target_modules="all-linear")).save_pretrained(target)


def main() -> None:
    """Start servers of its own, measure, and end them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--threads", type=int, help="threads of each server; by default each chooses by itself"
    )
    parser.add_argument("--peer", help="llamafactory-cli of an environment of its own")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    os.environ.setdefault("INKWELL_MODELS", str(Path.home() / ".inkwell" / "models"))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["INKWELL_HOME"] = folder
        if options.peer:
            against(options.peer, options.rounds, options.threads)
        else:
            alone(Path(folder), options.threads)


def alone(folder: Path, threads: int | None) -> None:
    """Our server by itself, with and without an adapter."""
    import openai

    make_adapter(folder / "runs" / "tuned")
    began = time.monotonic()
    info = serving.ensure(serving.ServerSpec(threads=threads, adapter_roots=[str(folder)]))
    print(f"ready after {time.monotonic() - began:.1f} s, {serving.status().memory_mb} MB")
    client = openai.OpenAI(base_url=info.base_url, api_key=info.token.reveal(), max_retries=0)
    try:
        measure(client, ["base"])
        print("one stream, base:        ", measure(client, ["base"]))
        serving.load_adapter("tuned", folder / "runs" / "tuned")
        print("one stream, adapter:     ", measure(client, ["tuned"]))
        print("base beside adapter:     ", measure(client, ["base", "tuned"]))
        print("eight answers, base:     ", measure(client, ["base"] * 8))
        print(f"memory at the end: {serving.status().memory_mb} MB")
    finally:
        serving.stop()


def against(peer: str, rounds: int, threads: int | None) -> None:
    """Ours and the peer's in turn; one JSON object."""
    import openai

    from studio.models import resolve

    folder = resolve("starter")
    info = serving.ensure(serving.ServerSpec(threads=threads))
    ours = openai.OpenAI(
        base_url=info.base_url, api_key=info.token.reveal(), max_retries=0, timeout=600
    )
    found: dict[str, list[tuple[float, float, float]]] = {"ours": [], "peer": []}
    try:
        with peer_server(peer, str(folder), threads) as (address, pid):
            theirs = openai.OpenAI(base_url=address, api_key="0", max_retries=0, timeout=600)
            pids = {"ours": serving.status().pid, "peer": pid}
            for number in range(rounds + 1):
                for name, client in (("ours", ours), ("peer", theirs)):
                    print(f"round {number} of {rounds}, {name}", file=sys.stderr)
                    timed = once(client, "base" if name == "ours" else "test", pids[name])
                    if number:  # the first is for warming up
                        found[name].append(timed)
    finally:
        serving.stop()
    print(json.dumps(summary(found, rounds, threads), indent=2))


def once(client, model: str, pid: int) -> tuple[float, float, float]:
    """(tokens a second after the first, seconds to the first text, the server's CPU seconds a
    token) of one answer.
    """
    process = psutil.Process(pid)
    before, began = sum(process.cpu_times()[:2]), time.monotonic()
    text, first = "", 0.0
    for chunk in client.chat.completions.create(
        model=model, messages=PROMPT, max_tokens=TOKENS, temperature=0, stream=True
    ):
        new = (chunk.choices[0].delta.content or "") if chunk.choices else ""
        if new and not text:
            first = time.monotonic()
        text += new
    ended = time.monotonic()
    return (
        (TOKENS - 1) / (ended - first),
        first - began,
        (sum(process.cpu_times()[:2]) - before) / TOKENS,
    )


def summary(
    found: dict[str, list[tuple[float, float, float]]], rounds: int, threads: int | None
) -> dict[str, object]:
    """Medians of each, and of the ratios of the rounds."""
    names = ("tokens_per_s", "first_token_s", "cpu_s_per_token")
    told: dict[str, object] = {
        side: {
            name: round(statistics.median(one[at] for one in runs), 4)
            for at, name in enumerate(names)
        }
        for side, runs in found.items()
    }
    for at, name in enumerate(names):
        ratios = [
            mine[at] / other[at] for mine, other in zip(found["ours"], found["peer"], strict=True)
        ]
        told[f"{name}_ratio"] = round(statistics.median(ratios), 2)
    return told | {
        "rounds": rounds,
        "tokens": TOKENS,
        "threads": threads,
        "cores": psutil.cpu_count(),
        "load": [round(x, 1) for x in os.getloadavg()],
    }


@contextmanager
def peer_server(command: str, folder: str, threads: int | None) -> Iterator[tuple[str, int]]:
    """`llamafactory-cli api` on a free port; (its base URL, its process id)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PYTHON", "OMP_", "KMP_", "GOMP_"))
    }
    environment |= {
        "API_HOST": "127.0.0.1",
        "API_PORT": str(port),
        "CUDA_VISIBLE_DEVICES": "",
        "HF_HUB_OFFLINE": "1",
    }
    environment |= {"OMP_NUM_THREADS": str(threads)} if threads else {}
    call = [
        command,
        "api",
        "--model_name_or_path",
        folder,
        "--template",
        "smollm2",
        "--infer_backend",
        "huggingface",
    ]
    log = tempfile.TemporaryFile()
    process = subprocess.Popen(call, env=environment, stdout=log, stderr=log)
    try:
        address, until = f"http://127.0.0.1:{port}/v1", time.monotonic() + 300
        while True:
            try:
                urllib.request.urlopen(f"{address}/models", timeout=5).read()
                break
            except (urllib.error.URLError, OSError):
                if process.poll() is not None or time.monotonic() > until:
                    log.seek(0)
                    raise SystemExit(
                        f"the peer did not start: {log.read()[-2000:].decode(errors='replace')}"
                    ) from None
                time.sleep(0.5)
        yield address, process.pid
    finally:
        process.terminate()
        process.wait(20)


if __name__ == "__main__":
    main()
