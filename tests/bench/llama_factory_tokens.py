"""What LLaMA-Factory trains on: token ids and labels of a few rows in each of its forms, as
`tests/engine/gold/llama_factory_tokens.json`, which `test_llama_factory_tokens.py` compares.

Runs in an interpreter that has llamafactory 0.9.5 (not among the packages of this project; on a
machine without a GPU it wants a module torchaudio to import, which may be empty):

    DISABLE_VERSION_CHECK=1 python tests/bench/llama_factory_tokens.py MODEL_FOLDER OUT.json

MODEL_FOLDER: the starter model. The template is LLaMA-Factory's `chatml`.
"""

import json
import sys
import tempfile
from pathlib import Path

CUTOFF = 96
SAID = [
    {"from": "human", "value": "潮水几时来？"},
    {"from": "gpt", "value": "At six, lad."},
    {"from": "human", "value": "And then?"},
    {"from": "gpt", "value": "It goes out again. 👑"},
]
PAIR = [{"from": "human", "value": "Who rows?"}]
SETS = {
    "alpaca": {
        "stage": "sft",
        "info": {"columns": {"prompt": "instruction", "query": "input", "response": "output",
                             "system": "system", "history": "history"}},
        "rows": [
            {"instruction": "Who are you?", "input": "", "output": "The king.",
             "system": "Be a king.", "history": []},
            {"instruction": "Add.", "input": "1 and 2", "output": "3", "system": "",
             "history": [["你是谁？", "朕乃天子。"]]},
            {"instruction": "Tell all.", "input": "", "output": "It boils. " * 60,
             "system": "Be long.", "history": []},
        ],
    },
    "sharegpt": {
        "stage": "sft",
        "info": {"formatting": "sharegpt", "columns": {"messages": "conversations",
                                                       "system": "system"}},
        "rows": [{"conversations": SAID, "system": "You are a ferryman."},
                 {"conversations": SAID[:2], "system": ""}],
    },
    "ranking": {
        "stage": "dpo",
        "info": {"ranking": True, "formatting": "sharegpt",
                 "columns": {"messages": "conversations", "chosen": "chosen",
                             "rejected": "rejected"}},
        "rows": [{"conversations": PAIR, "chosen": {"from": "gpt", "value": "The ferryman."},
                  "rejected": {"from": "gpt", "value": "Nobody at all."}}],
    },
    "kto": {
        "stage": "kto",
        "info": {"formatting": "sharegpt", "columns": {"messages": "conversations",
                                                       "kto_tag": "label"}},
        "rows": [{"conversations": SAID[:2], "label": True},
                 {"conversations": SAID, "label": False}],
    },
    "text": {
        "stage": "pt",
        "info": {"columns": {"prompt": "text"}},
        "rows": [{"text": "The tide came in. 潮水来了。 " * n} for n in (3, 25)],
    },
}  # fmt: skip
SWITCHED = {  # more ways to train on the sets of conversations
    "alpaca, history masked": ("alpaca", {"mask_history": True}),
    "sharegpt, history masked": ("sharegpt", {"mask_history": True}),
    "alpaca, prompt trained": ("alpaca", {"train_on_prompt": True}),
}


def tokens(model: str, folder: Path, name: str, **more: object) -> list[dict[str, list[int]]]:
    """The columns of ids and labels that LLaMA-Factory's trainers get of a set."""
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.hparams import get_train_args
    from transformers import AutoTokenizer

    stage = SETS[name]["stage"]
    given = {
        "model_name_or_path": model,
        "stage": stage,
        "do_train": True,
        "finetuning_type": "lora",
        "dataset": name,
        "dataset_dir": str(folder),
        "template": "chatml",
        "cutoff_len": CUTOFF,
        "output_dir": str(folder / "out"),
        "report_to": "none",
        "packing": stage == "pt",
        "use_cpu": True,
    }
    model_args, data_args, training_args, _, _ = get_train_args(given | more)
    tokenizer = AutoTokenizer.from_pretrained(model)
    template = get_template_and_fix_tokenizer(tokenizer, data_args)
    # Its DPO asks for the rows of a reward model, too.
    asked = "rm" if stage == "dpo" else stage
    made = get_dataset(template, model_args, data_args, training_args, asked, tokenizer)
    kept = ("input_ids", "labels")
    return [
        {
            key: [int(one) for one in value] if isinstance(value, list) else value
            for key, value in row.items()
            if key.endswith(kept) or key == "kto_tags"
        }
        for row in made["train_dataset"]
    ]


def main(model: str, out: str) -> None:
    """Write the file."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        info = {n: s["info"] | {"file_name": f"{n}.json"} for n, s in SETS.items()}
        (folder / "dataset_info.json").write_text(json.dumps(info))
        for name, one in SETS.items():
            (folder / f"{name}.json").write_text(json.dumps(one["rows"]))
        found = {name: tokens(model, folder, name) for name in SETS}
        more = {n: tokens(model, folder, name, **how) for n, (name, how) in SWITCHED.items()}
    data = {"cutoff_len": CUTOFF, "sets": SETS, "switched": SWITCHED, "tokens": found | more}
    Path(out).write_text(json.dumps(data, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
