"""The preferences job: rows of a dataset become pairs of a chosen and a rejected answer."""

from collections.abc import Callable
from typing import Any

from studio.errors import InputError, LlmFault
from studio.generation import row_text
from studio.generation.declining import declines
from studio.generation.prompts import fill, rewrite_template
from studio.generation.reasons import CUT, EMPTY, LANGUAGE, REFUSAL, REPEATS, SAME
from studio.generation.spec import GeneratedResult, PreferencesJob
from studio.generation.work import Made, Unit, open_set, work
from studio.jobs.context import Job
from studio.llm import Client, Message, connect
from studio.spec import digest
from studio.store import chunks


def run(spec: PreferencesJob, job: Job) -> GeneratedResult:
    """Make the pairs."""
    from studio.datasets.assembly.gather import gather

    found = gather(job.workspace, [spec.dataset])
    return pair_up(
        spec,
        job,
        [row | _place(job, origin) for row, origin in zip(found.rows, found.origins, strict=True)],
    )


def _place(job: Job, origin: dict[str, Any]) -> dict[str, Any]:
    """Where a row comes from; a chunk only if this workspace still has it."""
    kept = {name: origin.get(name) for name in ("document", "start", "end", "chunk")}
    if kept["chunk"] is not None and not chunks.exists(job.store, kept["chunk"]):
        kept["chunk"] = None
    return kept


def pair_up(spec: PreferencesJob, job: Job, rows: list[dict[str, Any]]) -> GeneratedResult:
    """Pairs from normalised rows {"system", "instruction", "input", "output", "history"}.

    Raises InputError if none has an answer.
    """
    rows = [
        row
        for row in rows
        if _text(row, "output") and (_text(row, "instruction") or _text(row, "input"))
    ]
    if not rows:
        raise InputError(
            "The dataset {name} has no rows with a question and an answer.",
            "Choose another dataset.",
            name=spec.dataset,
        )
    name = spec.name.strip() or spec.dataset
    client = connect(spec, job.workspace)
    tally = open_set(job, name, "ranking", spec.dataset)
    units = [_unit(spec, row) for row in rows[: spec.max_rows or None]]
    pairing = _Pairing(client, spec, job)
    try:
        return work(job, tally, units, pairing.make, spec.concurrency)
    finally:
        client.close()


def _unit(spec: PreferencesJob, row: dict[str, Any]) -> Unit:
    task: dict[str, Any] = {
        name: _text(row, name) for name in ("system", "instruction", "input", "output")
    }
    task["history"] = row.get("history") or []
    task["language"] = row_text.language(task["output"])
    prompt = rewrite_template(spec, task["language"]) if spec.mode == "rewrite" else ""
    key = digest(
        {
            "model": [
                spec.provider,
                spec.base_url,
                spec.model_name_or_path,
                spec.adapter_name_or_path,
            ],
            "prompt": [spec.mode, prompt],
            "params": [spec.temperature, spec.top_p, spec.max_tokens, spec.seed],
            "row": task,
        }
    )
    return Unit(
        key=key,
        task=task | {"prompt": prompt},
        document=row.get("document"),
        start=row.get("start"),
        end=row.get("end"),
        chunk=row.get("chunk"),
    )


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    return value.strip() if isinstance(value, str) else ""


class _Pairing:
    """Making one pair by one request, from any thread."""

    def __init__(self, client: Client, spec: PreferencesJob, job: Job) -> None:
        self.client = client
        self.spec = spec
        self.log = job.log

    def make(self, unit: Unit, stop: Callable[[], bool]) -> Made:
        """The pair, or the reason why there is none."""
        task: dict[str, Any] = unit.task
        messages = self._rewrite(task) if self.spec.mode == "rewrite" else self._question(task)
        reply = self.client.ask(
            messages, stop=stop, on_wait=self._waiting, allow_cut=True, seed_shift=1000 * unit.visit
        )
        text = (
            row_text.without_preamble(reply.text)
            if self.spec.mode == "rewrite"
            else reply.text.strip()
        )
        text = row_text.without_loops(row_text.whole_sentences(text) if reply.cut else text)
        tokens = reply.prompt_tokens, reply.completion_tokens
        if not row_text.normal(text):
            return Made(
                None,
                CUT if reply.cut and row_text.normal(reply.text) else EMPTY,
                *tokens,
                reply.text,
            )
        if row_text.normal(text) == row_text.normal(task["output"]):
            return Made(None, SAME, *tokens, reply.text)
        if row_text.normal(text) == row_text.normal(messages[-1]["content"]):
            return Made(None, REPEATS, *tokens, reply.text)
        if row_text.other_language(text, task["language"]):
            return Made(None, LANGUAGE, *tokens, reply.text)
        if declines(text) and not declines(task["output"]):
            return Made(None, REFUSAL, *tokens, reply.text)
        sides = (text, task["output"]) if self.spec.mode == "rewrite" else (task["output"], text)
        kept = {
            name: task[name]
            for name in ("system", "instruction", "input", "history")
            if name != "history" or task[name]
        }
        return Made(kept | {"chosen": sides[0], "rejected": sides[1]}, "", *tokens)

    def _rewrite(self, task: dict[str, Any]) -> list[Message]:
        prompt = fill(task["prompt"], question=_asked(task), answer=task["output"])
        return [{"role": "user", "content": prompt}]

    def _question(self, task: dict[str, Any]) -> list[Message]:
        messages = [{"role": "system", "content": task["system"]}] if task["system"] else []
        for user, assistant in task["history"]:
            messages += [
                {"role": "user", "content": user},
                {"role": "assistant", "content": assistant},
            ]
        return [*messages, {"role": "user", "content": _asked(task)}]

    def _waiting(self, fault: LlmFault, seconds: float) -> None:
        self.log(f"{fault.sentence} Trying again in {seconds:.1f} s.")


def _asked(task: dict[str, Any]) -> str:
    """Instruction and input as one prompt, as LLaMA-Factory joins them."""
    return "\n".join(part for part in (task["instruction"], task["input"]) if part)
