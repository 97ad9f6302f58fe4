"""Chat with a base and an adapter: our server as the window starts it, and the peer, a plain
generate() of transformers in its own process.

    python tests/gpu/chat.py ours|plain MODEL [ADAPTER] [4|8]

Prints one JSON object.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path

TOKENS = 128
PROMPT = "Write a long story about a ship that sails around the world."


def ours(model: str, adapter: str, bits: int) -> dict:
    """One stream of each, both at once, eight at once: tokens a second, seconds to the first."""
    import openai

    from studio import serving

    folder = Path(adapter)
    spec = serving.ServerSpec(
        model_name_or_path=model, quantization_bit=bits, adapter_roots=[str(folder.parent)]
    )
    begun = time.monotonic()
    info = serving.ensure(spec, timeout_s=240)
    found = {"ready_s": time.monotonic() - begun}
    client = openai.OpenAI(base_url=info.base_url, api_key=info.token.reveal(), max_retries=0)
    try:
        serving.load_adapter("tuned", folder)
        for name, asked in (
            ("warm", ["base"]),
            ("base", ["base"]),
            ("adapter", ["tuned"]),
            ("both", ["base", "tuned"]),
            ("eight", ["base"] * 8),
        ):
            found[name], found[f"{name}_first_s"] = _at_once(client, asked)
        found["memory_mb"] = serving.status().memory_mb
    finally:
        serving.stop()
    return found


def _at_once(client, models: list[str]) -> tuple[float, float]:
    """(tokens a second of all together, seconds until the last of them had its first piece)."""
    counts, firsts = [], []

    def one(model: str) -> None:
        begun, first = time.monotonic(), 0.0
        for chunk in client.chat.completions.create(
            model=model,
            messages=[{"role": "user", "content": PROMPT}],
            max_tokens=TOKENS,
            temperature=0,
            stream=True,
            stream_options={"include_usage": True},
        ):
            if not first and chunk.choices and chunk.choices[0].delta.content:
                first = time.monotonic() - begun
            if chunk.usage:
                counts.append(chunk.usage.completion_tokens)
        firsts.append(first)

    threads = [threading.Thread(target=one, args=(name,)) for name in models]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.monotonic() - begun), max(firsts)


def plain(model: str, adapter: str, bits: int) -> dict:
    """generate() with the adapter on, greedy, the second of two answers."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

    gpu = torch.cuda.is_available()
    more = {"device_map": {"": 0}} if gpu else {}
    if bits:
        more["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=bits == 4, load_in_8bit=bits == 8
        )
    dtype = torch.bfloat16 if gpu else torch.float32
    loaded = AutoModelForCausalLM.from_pretrained(model, dtype=dtype, **more).eval()
    tuned = PeftModel.from_pretrained(loaded, adapter)
    tokenizer = AutoTokenizer.from_pretrained(model)
    ids = tokenizer.apply_chat_template(
        [{"role": "user", "content": PROMPT}],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=True,
    ).to(loaded.device)

    def speed(**how) -> float:
        made = 0
        for _ in range(2):
            begun = time.monotonic()
            with torch.inference_mode():
                out = tuned.generate(**ids, max_new_tokens=TOKENS, do_sample=False, **how)
            made = out.shape[1] - ids["input_ids"].shape[1]
        return made / (time.monotonic() - begun)

    found = {"adapter": speed()}
    with tuned.disable_adapter():
        found["base"] = speed()
    return found


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    side, *rest = sys.argv[1:]
    bits = int(rest[2]) if len(rest) > 2 else 0
    print(json.dumps((ours if side == "ours" else plain)(rest[0], rest[1], bits)))
