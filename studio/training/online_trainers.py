"""The trainers that let the model answer and score its answers: GRPO and RLOO. Worker-only.

They are trl's, given prompts already written by the chat template. The reward model is one that was
trained here at the stage rm.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from studio.datasets.token_view.template import load_tokenizer
from studio.libraries.trl_inside import PromptedGRPOTrainer, PromptedRLOOTrainer
from studio.models.reply_spans import turn_end
from studio.training.checkpoints import MODEL, read_mark
from studio.training.model import load_adapter, load_base
from studio.training.plan_model import require_reward_model
from studio.training.rewards import Score, named, scores
from studio.training.spec import TrainJob
from studio.training.trainers import Common
from studio.workspace import Workspace


class Online(Common):
    """What both share: tokens are those of questions and answers."""

    @property
    def seen_tokens(self) -> int:
        """Tokens of all questions and answers so far."""
        return int(self.state.num_input_tokens_seen)


class GrpoTrainer(Online, PromptedGRPOTrainer):
    """Group relative policy optimisation (Shao et al. 2024)."""


class RlooTrainer(Online, PromptedRLOOTrainer):
    """REINFORCE leave-one-out (Ahmadian et al. 2024)."""


def reward_functions(spec: TrainJob, workspace: Workspace) -> list[Score]:
    """The reward model's score, if one is named, and those of reward_funcs. Raises ModelError."""
    own = [named("reward_model", _score(spec, workspace))] if spec.reward_model else []
    return [*own, *scores(spec)]


def _score(spec: TrainJob, workspace: Workspace) -> Score:
    """The score of a prompt with its answer, as the reward model was trained: with the token that
    ends the answer.
    """
    folder = require_reward_model(spec.reward_model, workspace)
    reference = str(folder) if (folder / MODEL).is_file() else _base_of(folder)
    model = load_base(reference, spec.hub_name, workspace, reward=True)
    if not (folder / MODEL).is_file():
        model = load_adapter(model, folder, trainable=False)
    model = model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
    tokenizer = load_tokenizer(reference, spec.hub_name, workspace)
    end = turn_end(tokenizer).token
    closing = tokenizer.decode([end]) if end is not None else ""
    filler = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else end or 0
    model.config.get_text_config().pad_token_id = filler

    def score(*, prompts: Sequence[str], completions: Sequence[str], **_: Any) -> list[float]:
        found = []
        for prompt, answer in zip(prompts, completions, strict=True):
            # One at a time: padding would have to be found again by the head.
            ids = tokenizer(prompt + answer + closing, add_special_tokens=False)["input_ids"]
            with torch.inference_mode():
                given = torch.tensor([ids[-spec.cutoff_len :]], device=model.device)
                found.append(float(model(input_ids=given).logits[0, 0]))
        return found

    return score


def _base_of(folder: Path) -> str:
    """The base model of an adapter that was trained here."""
    mark = read_mark(folder)
    if mark is not None:
        return mark.base_model
    config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    return str(config["base_model_name_or_path"])
