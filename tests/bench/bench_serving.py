"""Speed and memory of the model server with the starter model: ``python tests/bench/bench_serving.py``.

Prints tokens a second of one stream, of base and adapter side by side, and of eight answers at once.
"""

import os
import sys
import tempfile
import threading
import time
from pathlib import Path

from studio import serving

PROMPT = [{"role": "user", "content": "Write a long story about a ship that sails around the world."}]
TOKENS = 64


def stream(client, model: str, counts: list[int], times: list[float]) -> None:
    """One greedy answer; its token count, and the seconds to its first token."""
    began, last = time.monotonic(), 0
    for chunk in client.chat.completions.create(
        model=model, messages=PROMPT, max_tokens=TOKENS, temperature=0, stream=True,
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
    threads = [threading.Thread(target=stream, args=(client, model, counts, firsts)) for model in models]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    passed = time.monotonic() - began
    return f"{sum(counts) / passed:6.1f} tokens/s in all, first token after {max(firsts):.2f} s at the latest"


def make_adapter(target: Path) -> None:
    """A LoRA of rank 8 on all linear layers of the starter."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    from studio.models import resolve

    base = AutoModelForCausalLM.from_pretrained(resolve("starter"), trust_remote_code=False)
    get_peft_model(base, LoraConfig(r=8, target_modules="all-linear")).save_pretrained(target)


def main() -> None:
    """Start a server of its own, measure, and end it."""
    import openai

    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("INKWELL_MODELS", str(Path.home() / ".inkwell" / "models"))
        os.environ["INKWELL_HOME"] = folder
        make_adapter(Path(folder) / "runs" / "tuned")
        began = time.monotonic()
        spec = serving.ServerSpec(threads=int(sys.argv[1]) if len(sys.argv) > 1 else None, adapter_roots=[folder])
        info = serving.ensure(spec)
        print(f"ready after {time.monotonic() - began:.1f} s, {serving.status().memory_mb} MB")
        client = openai.OpenAI(base_url=info.base_url, api_key=info.token.reveal(), max_retries=0)
        try:
            measure(client, ["base"])
            print("one stream, base:        ", measure(client, ["base"]))
            serving.load_adapter("tuned", Path(folder) / "runs" / "tuned")
            print("one stream, adapter:     ", measure(client, ["tuned"]))
            print("base beside adapter:     ", measure(client, ["base", "tuned"]))
            print("eight answers, base:     ", measure(client, ["base"] * 8))
            print(f"memory at the end: {serving.status().memory_mb} MB")
        finally:
            serving.stop()


if __name__ == "__main__":
    main()
