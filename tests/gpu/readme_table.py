"""The figures of a measurement as the README's table.

python tests/gpu/readme_table.py results.json
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

NOT_RUN = "not run here"


def speed(found: dict) -> str:
    """Tokens a second and memory of a training."""
    made = f"{_round(found['tokens_per_s'])} tokens/s" if found.get("tokens_per_s") else "too short"
    memory = found.get("memory_mb") or 0
    return f"{made}, {memory / 1024:.1f} GB" if memory else made


def _round(value: float) -> str:
    """Three figures, as far as a single measurement is good for."""
    digits = max(0, len(str(int(value))) - 3)
    return f"{round(value, -digits):,.0f}"


def _chat(found: dict) -> str:
    names = [n for n in ("base", "adapter", "eight") if n in found]
    return "; ".join(f"{found[name]:.1f}" for name in names) + " tokens/s"


def _vectors(found: dict) -> str:
    return f"{_round(found['sentences_per_s'])} sentences/s"


def _vectors_peer(found: dict) -> str:
    if "peer_sentences_per_s" not in found:
        return "not installed"
    return f"sentence-transformers: {_round(found['peer_sentences_per_s'])} sentences/s"


def _apart(found: dict) -> str:
    return f"{found['apart']:.4f}"


Shown = Callable[[dict], str]


@dataclass(frozen=True)
class Row:
    """A line: what in words, the names of results of ours and of peers, how each is shown."""

    what: str
    ours: tuple[str, ...]
    peers: tuple[tuple[str, str], ...] = ()  # (who, result)
    shown: Shown = speed
    peer_shown: Shown = speed


ROWS = (
    Row(
        "{large}'s shape, rows of {length:,} tokens, LoRA rank 16 on all linear layers, bf16, two "
        "rows a step",
        ("full-lora",),
        (
            ("trl's SFTTrainer: ", "full-lora-trl"),
            ("with checkpointing, as LLaMA-Factory sets it: ", "full-lora-trl-checkpointing"),
            ("one row a step: ", "full-lora-trl-one-row"),
        ),
    ),
    Row(
        "the same in 4 bits (QLoRA)",
        ("full-qlora",),
        (("trl's SFTTrainer: ", "full-qlora-trl"),),
    ),
    Row("the first without fused steps, one row a step", ("full-lora-plain-steps",)),
    Row(
        "the same shape, rows of 5–240 words, 32 a step; packed to {length:,} tokens",
        ("short-large", "short-large-packed"),
    ),
    Row(
        "{small}'s shape, rows of 5–240 words, 8 a step",
        ("short-lora",),
        (("trl's SFTTrainer: ", "short-lora-trl"),),
    ),
    Row(
        "the same packed; in 4 bits; in 8 bits",
        ("short-packed", "short-qlora", "short-8-bit"),
    ),
    Row("the same, DPO; DoRA with paged 8-bit Adam", ("short-dpo", "short-dora")),
    Row(
        "a small model in float32: largest difference of the loss between GPU and CPU",
        ("agreement",),
        shown=_apart,
    ),
    Row(
        "chat, {large}'s shape: the model alone; with an adapter; eight answers at once",
        ("chat",),
        (("generate(), alone; with an adapter: ", "chat-plain"),),
        _chat,
        _chat,
    ),
    Row(
        "sentence vectors, bert-base's shape",
        ("vectors",),
        (("", "vectors"),),
        _vectors,
        _vectors_peer,
    ),
)
NAMES = {"1B": "Llama 3.2 1B", "8B": "Llama 3.1 8B", "tiny": "tiny", "tiny-2": "tiny"}


def cell(found: dict, shown: Shown) -> str:
    """A figure, why there is none, or that it was not measured."""
    if not found:
        return NOT_RUN
    if "failed" in found:
        reason = " ".join(str(found["failed"]).split()).replace("|", "/")
        return reason if reason.startswith("not run") else f"failed: {reason[:90]}"
    return shown(found)


def table(about: dict, found: dict) -> str:
    """The heading line and the table. about: card, versions and shapes as measure.py has them."""
    named = {k: NAMES.get(v, v) for k, v in about.items() if k in ("small", "large", "length")}
    versions = [f"{k} {about[k]}" for k in ("torch", "transformers", "peft") if k in about]
    card = f"on one {about['card']}" if about.get("card") else "without a GPU"
    lines = [f"Measured {card} ({', '.join(versions)}), on random weights.", ""]
    lines += ["| what | ours | peer |", "|---|---|---|"]
    for row in ROWS:
        ours = "; ".join(cell(found.get(name, {}), row.shown) for name in row.ours)
        peers = [who + cell(found.get(name, {}), row.peer_shown) for who, name in row.peers]
        lines.append(f"| {row.what.format(**named)} | {ours} | {'; '.join(peers) or '–'} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    read = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(table(read["about"], read["found"]), end="")
