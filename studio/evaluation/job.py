"""The evaluation job.

Each part (a loss, a reply) is written to evaluation.json when it is done and not made again.
"""

import json
from typing import Any, cast

from studio.datasets.opened import open_dataset
from studio.datasets.row_forms import formats
from studio.evaluation.spec import EvaluateJob, EvaluateResult
from studio.jobs.context import Job
from studio.models import adapter_folder
from studio.training.report import calm_libraries

FILE = "evaluation.json"


def run(spec: EvaluateJob, job: Job) -> EvaluateResult:
    """Measure."""
    dataset = spec.measured_on(job.workspace)
    rows = open_dataset(dataset, job.workspace).rows(limit=spec.max_samples)
    job.log(f"measured on {dataset}")
    if spec.adapter_name_or_path:
        adapter_folder(job.workspace, spec.adapter_name_or_path)
    job.progress(0, 1, "parts", force=True)
    kept = _kept(job)
    work = _Work(spec, job, rows, kept)
    work.losses()
    work.answers()
    job.progress(work.total, work.total, "parts", force=True)
    return work.kept


class _Work:
    """The parts of one evaluation, those done already left out."""

    def __init__(self, spec: EvaluateJob, job: Job, rows: list[Any], kept: EvaluateResult) -> None:
        calm_libraries()
        from studio.datasets.token_view.template import load_tokenizer
        from studio.evaluation import measure

        self.spec, self.job, self.kept = spec, job, kept
        self.tokenizer = load_tokenizer(spec.model_name_or_path, spec.hub_name, job.workspace)
        if self.tokenizer.pad_token_id is None:
            self.tokenizer.pad_token = self.tokenizer.eos_token
        self.batches, used, refused = measure.batched(
            rows, self.tokenizer, spec.cutoff_len, spec.per_device_eval_batch_size
        )
        if refused:
            job.log(f"{refused} rows are left out: the model's chat template cannot show them")
        self.asked = measure.questions(rows, spec.prompts, spec.system, spec.replies)
        self.sides = ("base", "tuned") if spec.adapter_name_or_path else ("base",)
        self.total = len(self.sides) * (len(self.batches) + len(self.asked))
        self.done, self.idle = 0, True
        kept["rows"] = used
        self.pair = self._load()

    def losses(self) -> None:
        """loss_base and loss_tuned."""
        for side in self.sides:
            if self.kept.get(f"loss_{side}") is None:
                value = self.pair.loss(self.batches, side == "tuned", self._tick)
                self._keep({f"loss_{side}": round(value, 6)})
                self.job.log(f"{side}: loss {value:.4f}")
            else:
                self.done += len(self.batches)

    def answers(self) -> None:
        """What both say to each question."""
        for number, asked in enumerate(self.asked):
            if number == len(self.kept["replies"]):
                self.kept["replies"].append(
                    {"prompt": formats.words(asked.turns[-1]), "base": None, "tuned": None}
                )
            row = self.kept["replies"][number]
            for side in self.sides:
                self._tick(passed=row[side] is not None)
                if row[side] is None:
                    row[side] = self.pair.reply(asked, side == "tuned", self.spec.max_new_tokens)
                    self._keep({"replies": self.kept["replies"]})

    def _load(self) -> Any:
        from studio.evaluation.measure import Pair
        from studio.training.model import load_adapter, load_base

        spec, workspace = self.spec, self.job.workspace
        bits = spec.bits
        model = load_base(spec.model_name_or_path, spec.hub_name, workspace, bits=bits)
        if not bits:
            import torch

            model = model.to("cuda" if torch.cuda.is_available() else "cpu")
        if spec.adapter_name_or_path:
            model = load_adapter(
                model, adapter_folder(workspace, spec.adapter_name_or_path), trainable=False
            )
        return Pair(model, self.tokenizer, adapted=bool(spec.adapter_name_or_path))

    def _tick(self, *, passed: bool = False) -> None:
        """The next part; passed: it was done before, so that no rate counts it."""
        self.job.check_stop()
        self.job.progress(self.done, self.total, "parts", begins=passed or self.idle)
        self.idle = passed
        self.done += 1

    def _keep(self, found: Any) -> None:
        self.kept.update(found)
        self.job.write(FILE, json.dumps(self.kept, ensure_ascii=False, indent=2) + "\n")


def _kept(job: Job) -> EvaluateResult:
    """What an earlier stretch of this job has finished."""
    empty: EvaluateResult = {"loss_base": None, "loss_tuned": None, "replies": [], "rows": 0}
    try:
        found = json.loads((job.folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return empty
    whole = isinstance(found, dict) and found.keys() >= empty.keys()
    return cast(EvaluateResult, found) if whole else empty
