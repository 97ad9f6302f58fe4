"""Lets the model answer fixed prompts while it is trained, as it stands. Worker-only.

Greedy, in evaluation mode, without a gradient; random numbers and modes are as before, so that the
run goes as if nobody had asked. The time is told and counts for no speed.
"""

import time
from pathlib import Path
from typing import Any

import torch
from transformers import StoppingCriteria, TrainerCallback

from studio.models.reply_spans import prompt_text, turn_ends
from studio.training import sample_replies as samples
from studio.training.recorder import Recorder
from studio.training.report import Reporter
from studio.training.sample_replies import Reply, Sample
from studio.training.selfcheck import CALL_ERRORS, aside
from studio.training.spec import TrainJob

BATCH = 8  # prompts at once
PAIRS = 2000  # rows among which the pairs of the stage rm are looked for


def add(
    trainer: Any, recorder: Recorder, spec: TrainJob, folder: Path, report: Reporter, step: int
) -> None:
    """Have the trainer answer the spec's prompts; before the recorder is added, which sees a stop
    that was asked for meanwhile. step: from which a resumed run goes on.

    Nothing is done where there are no prompts, or the weights are spread over processes, which is
    told. Raises ModelError where the chat template refuses the prompts.
    """
    prompts = spec.prompts()
    if not prompts or not trainer.is_world_process_zero():
        return
    if trainer.is_deepspeed_enabled or trainer.is_fsdp_enabled:
        report.log("no sample replies are made: the weights are spread over processes")
        return
    trainer.add_callback(Sampler(trainer, recorder, spec, folder, report, step))


class Asked(StoppingCriteria):
    """Ends a generation once a stop was asked for."""

    def __init__(self, report: Reporter) -> None:
        self.report = report

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        """True for every row once it is so."""
        return torch.full(
            (len(input_ids),), self.report.stopping(), dtype=torch.bool, device=input_ids.device
        )


class Sampler(TrainerCallback):
    """Looks at the model before the first step, every `sample_steps`, and after the last."""

    def __init__(
        self,
        trainer: Any,
        recorder: Recorder,
        spec: TrainJob,
        folder: Path,
        report: Reporter,
        step: int,
    ) -> None:
        self.trainer, self.recorder, self.spec = trainer, recorder, spec
        self.folder, self.report = folder, report
        self.prompts = spec.prompts()
        self.every = spec.sample_steps or spec.save_steps
        self.had = samples.cut_back(folder, step)
        self.broken = False
        self.ids = [] if spec.stage == "rm" else [self._encoded(one) for one in self.prompts]
        self.pairs = self._found_pairs() if spec.stage == "rm" else []

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Before the first step; of a resumed run, what it was stopped in."""
        if state.global_step % self.every == 0:
            self._look(state.global_step)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Every so many steps; after the last, once its checkpoint is saved."""
        if state.global_step % self.every == 0 and state.global_step < state.max_steps:
            self._look(state.global_step)

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """After the last step, also of a run that ended early by itself."""
        if not self.recorder.stopped:
            self._look(state.global_step)

    def _look(self, step: int) -> None:
        """One look, kept as a whole or, when a stop was asked for, not at all."""
        if self.broken or step in self.had or self.report.stopping():
            return
        begun = time.monotonic()
        try:
            with aside(self.trainer.model), self.trainer.accelerator.autocast():
                replies = self._scores() if self.spec.stage == "rm" else self._replies()
        except CALL_ERRORS as error:
            self.broken = True
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            told = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            self.report.log(f"careful: no more sample replies are made ({told})")
            replies = None
        passed = time.monotonic() - begun
        self.recorder.pause(passed)
        if replies is None:
            return
        samples.add(
            self.folder, Sample(step, tuple(self.prompts), tuple(replies), round(passed, 3))
        )
        self.had.add(step)
        self.report.log(f"{len(replies)} sample replies at step {step} took {passed:.1f} s")

    def _encoded(self, prompt: str) -> list[int]:
        """A prompt's tokens as the training shows them; of plain text the text alone."""
        tokenizer: Any = self.trainer.processing_class
        if self.spec.stage == "pt":
            found = tokenizer(prompt)["input_ids"]
        else:
            system = self.spec.sample_system.strip()
            turns = [{"role": "system", "content": system}] if system else []
            text = prompt_text(tokenizer, [*turns, {"role": "user", "content": prompt}])
            found = tokenizer(text, add_special_tokens=False)["input_ids"]
        return list(found)[-self.spec.cutoff_len :]

    def _replies(self) -> list[Reply] | None:
        """The greedy replies; None when a stop was asked for meanwhile."""
        found: list[Reply] = []
        for at in range(0, len(self.ids), BATCH):
            found += self._generated(self.ids[at : at + BATCH])
            if self.report.stopping():
                return None
        return found

    def _generated(self, prompts: list[list[int]]) -> list[Reply]:
        tokenizer: Any = self.trainer.processing_class
        device, longest = self.trainer.args.device, max(map(len, prompts))
        pad, ends = int(tokenizer.pad_token_id or 0), turn_ends(tokenizer)
        ids = [[pad] * (longest - len(one)) + one for one in prompts]
        mask = [[0] * (longest - len(one)) + [1] * len(one) for one in prompts]
        made = self.trainer.model.generate(
            input_ids=torch.tensor(ids, device=device),
            attention_mask=torch.tensor(mask, device=device),
            do_sample=False,
            max_new_tokens=self.spec.sample_max_new_tokens,
            pad_token_id=pad,
            eos_token_id=ends,
            stopping_criteria=[Asked(self.report)],
            use_cache=True,
        )
        return [self._reply(row, set(ends)) for row in made[:, longest:].tolist()]

    def _reply(self, tokens: list[int], ends: set[int]) -> Reply:
        end = next((at for at, token in enumerate(tokens) if token in ends), len(tokens))
        text = self.trainer.processing_class.decode(tokens[:end], skip_special_tokens=True)
        text = text if self.spec.stage == "pt" else text.strip()
        return Reply(text, end, ended=end < len(tokens))

    def _found_pairs(self) -> list[dict[str, Any] | None]:
        """Of each prompt the first pair whose question it is, held-out rows before others."""
        tokenizer: Any = self.trainer.processing_class
        found: dict[str, dict[str, Any]] = {}
        for rows in (self.trainer.eval_dataset, self.trainer.train_dataset):
            for number in range(min(PAIRS, len(rows)) if rows is not None else 0):
                if len(found) == len(self.prompts):
                    break
                text = " ".join(tokenizer.decode(rows[number]["chosen_ids"]).split())
                for prompt in self.prompts:
                    if prompt not in found and prompt in text:
                        found[prompt] = rows[number]
        for prompt in self.prompts:
            if prompt not in found:
                self.report.log(f"careful: no pair with this question is scored: {prompt[:80]}")
        return [found.get(prompt) for prompt in self.prompts]

    def _scores(self) -> list[Reply] | None:
        """The scores of both sides of each pair, one at a time: padding would have to be found
        again by the head.
        """
        found = []
        for pair in self.pairs:
            if self.report.stopping():
                return None
            if pair is None:
                found.append(Reply(missing=True))
                continue
            both = [self._score(pair[f"{side}_ids"]) for side in ("chosen", "rejected")]
            found.append(Reply(scores=(both[0], both[1])))
        return found

    def _score(self, tokens: list[int]) -> float:
        given = torch.tensor([list(tokens)], device=self.trainer.args.device)
        return round(float(self.trainer.model(input_ids=given).logits[0, 0]), 5)
