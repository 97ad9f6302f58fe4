"""Rows to train on, made of a fixed list of words: short ones like a real set's, and full ones."""

import json
import random
from pathlib import Path

WORDS = (
    "the sea a ship old sailor said nothing wind and rain over harbour when morning came they "
    "went home with rope sail mast tide gull fog whale anchor star deck hull crew port reef night"
).split()


def text(words: int, dice: random.Random) -> str:
    """So many words."""
    return " ".join(dice.choice(WORDS) for _ in range(words))


def write(data: Path, long_words: int) -> None:
    """short (200 rows of 5 to 240 words), full (64 rows of `long_words`) and pairs (64), in a
    workspace's data folder with its dataset_info.json.
    """
    dice = random.Random(7)
    sets = {
        "short": [
            {"instruction": text(12, dice), "input": "", "output": text(dice.randint(5, 240), dice)}
            for _ in range(200)
        ],
        "full": [
            {"instruction": text(8, dice), "input": "", "output": text(long_words, dice)}
            for _ in range(64)
        ],
        "pairs": [
            {
                "instruction": text(12, dice),
                "input": "",
                "chosen": text(dice.randint(5, 120), dice),
                "rejected": text(dice.randint(5, 120), dice),
            }
            for _ in range(64)
        ],
    }
    data.mkdir(parents=True, exist_ok=True)
    for name, rows in sets.items():
        (data / f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")
    columns = {"prompt": "instruction", "query": "input"}
    info = {
        name: {"file_name": f"{name}.json", "columns": columns | {"response": "output"}}
        for name in ("short", "full")
    }
    info["pairs"] = {
        "file_name": "pairs.json",
        "ranking": True,
        "columns": columns | {"chosen": "chosen", "rejected": "rejected"},
    }
    (data / "dataset_info.json").write_text(json.dumps(info), encoding="utf-8")
