"""The instructions job: for each chunk, questions of assigned types and their answers."""

from collections.abc import Callable
from dataclasses import dataclass

from studio.errors import InputError, LlmFault
from studio.generation import row_text
from studio.generation.declining import declines
from studio.generation.prompts import Prompts, fill, instruction_prompts
from studio.generation.reasons import CUT, EMPTY, LANGUAGE, NO_QUESTION, REFUSAL, REPEATS
from studio.generation.spec import GeneratedResult, InstructionsJob
from studio.generation.work import Made, Unit, open_set, work
from studio.jobs.context import Job
from studio.llm import Client, Message, Reply, connect
from studio.spec import digest
from studio.store import chunks as kept
from studio.store import sets
from studio.store.chunks import Chunk
from studio.store.sets import SetRow
from studio.workspace import Workspace

SCHEMA = {
    "type": "object",
    "properties": {"instruction": {"type": "string"}, "output": {"type": "string"}},
    "required": ["instruction", "output"],
    "additionalProperties": False,
}
QUESTION_TOKENS = 96
SHORT_ANSWER = 12  # letters; "yes" or a name may stand in a prompt by chance


@dataclass(frozen=True)
class Task:
    """One question to a chunk."""

    text: str
    heading: str
    type: str
    index: int
    prompts: Prompts
    language: str  # of the row: "zh" or "en"


def run(spec: InstructionsJob, job: Job) -> GeneratedResult:
    """Make the rows."""
    chunk_set, chunks = chosen_chunks(spec, job.workspace)
    name = spec.name.strip() or chunk_set.name
    client = connect(spec, job.workspace)
    tally = open_set(job, name, "sft", chunk_set.id)
    two_step = spec.answer_format == "two_step" or (
        spec.answer_format == "auto" and spec.provider == "local"
    )
    units = _units(spec, chunks, job.workspace, two_step=two_step)
    asking = _Asking(client, spec, job)
    try:
        return work(
            job, tally, units, asking.two_step if two_step else asking.one_step, spec.concurrency
        )
    finally:
        client.close()


def chosen_chunks(spec: InstructionsJob, workspace: Workspace) -> tuple[SetRow, list[Chunk]]:
    """The chunk set (by id, else the newest of that name) and the chunks asked for.

    Raises InputError.
    """
    found = sets.find(workspace.store, "chunks", spec.chunks)
    if found is None:
        raise InputError(
            "There is no chunk set {id}.",
            "Cut a document into chunks first.",
            fields=("chunks",),
            id=spec.chunks or "—",
        )
    chunks = kept.of_set(workspace.store, found.id)
    if spec.chunk_ids:
        wanted = set(spec.chunk_ids)
        chunks = [chunk for chunk in chunks if chunk.id in wanted]
    chunks = [chunk for chunk in chunks if chunk.text.strip()]
    if not chunks:
        raise InputError(
            "The chunk set {name} has no such chunks.",
            "Choose others.",
            fields=("chunks",),
            name=found.name,
        )
    return found, chunks[: spec.max_chunks or None]


def _units(
    spec: InstructionsJob, chunks: list[Chunk], workspace: Workspace, *, two_step: bool
) -> list[Unit]:
    """Every question to every chunk; the types take turns over the whole set, so that they come out
    even.
    """
    made: list[Unit] = []
    prompts = {one: instruction_prompts(spec, one, workspace) for one in ("zh", "en")}
    for chunk in chunks:
        language = row_text.language(chunk.text) if spec.language == "auto" else spec.language
        for index in range(spec.questions_per_chunk):
            types = prompts[language].types
            task = Task(
                chunk.text,
                chunk.heading,
                types[len(made) % len(types)],
                index,
                prompts[language],
                language,
            )
            made.append(
                Unit(
                    key=_key(spec, task, chunk.id, two_step=two_step),
                    task=task,
                    document=chunk.document,
                    start=chunk.start,
                    end=chunk.end,
                    chunk=chunk.id,
                )
            )
    return made


def _key(spec: InstructionsJob, task: Task, chunk: int, *, two_step: bool) -> str:
    templates = (
        [task.prompts.question, task.prompts.answer] if two_step else [task.prompts.one_step]
    )
    shot = task.prompts.shots.get(task.type) if two_step else None
    return digest(
        {
            "model": [
                spec.provider,
                spec.base_url,
                spec.model_name_or_path,
                spec.adapter_name_or_path,
            ],
            "prompt": [*templates, shot.question + shot.answer if shot else ""],
            "params": [spec.temperature, spec.top_p, spec.max_tokens, spec.seed],
            "chunk": [chunk, task.heading, task.text],
            "type": task.type,
            "index": task.index,
        }
    )


class _Asking:
    """Making one row by one request or by two, from any thread."""

    def __init__(self, client: Client, spec: InstructionsJob, job: Job) -> None:
        self.client = client
        self.spec = spec
        self.log = job.log

    def one_step(self, unit: Unit, stop: Callable[[], bool]) -> Made:
        """Question and answer as one JSON object."""
        task: Task = unit.task
        prompt = fill(task.prompts.one_step, text=task.text, heading=task.heading, type=task.type)
        reply = self.client.ask(
            _user(prompt), SCHEMA, stop, on_wait=self._waiting, seed_shift=_shift(unit)
        )
        data = reply.data or {}
        return _made(
            task,
            task.prompts.one_step,
            data["instruction"].strip(),
            data["output"].strip(),
            [reply],
        )

    def two_step(self, unit: Unit, stop: Callable[[], bool]) -> Made:
        """First the question, then its answer, both as plain text; whole sentences of a cut answer
        are kept.
        """
        task: Task = unit.task
        replies: list[Reply] = []
        for again in range(2):  # a small model often finds a question at the second go
            replies.append(
                self.client.ask(
                    _messages(task, task.prompts.question),
                    stop=stop,
                    on_wait=self._waiting,
                    allow_cut=True,
                    seed_shift=_shift(unit) + 100 * again,
                    max_tokens=min(QUESTION_TOKENS, self.spec.max_tokens),
                )
            )
            question = row_text.first_question(replies[-1].text)
            if not (wrong := _no_question(task, task.prompts.question, question)):
                break
        else:
            # An answer without a question, or whose first sentence did not end within the tokens.
            named = (
                wrong
                if wrong != EMPTY or not row_text.normal(replies[-1].text)
                else CUT
                if replies[-1].cut
                else NO_QUESTION
            )
            return Made(None, named, *_tokens(replies), replies[-1].text)
        told = self.client.ask(
            _messages(task, task.prompts.answer, question),
            stop=stop,
            on_wait=self._waiting,
            allow_cut=True,
            seed_shift=_shift(unit),
        )
        answer = row_text.without_echo(row_text.without_preamble(told.text), question)
        answer = row_text.without_loops(row_text.whole_sentences(answer) if told.cut else answer)
        return _made(task, task.prompts.answer, question, answer, [*replies, told])

    def _waiting(self, fault: LlmFault, seconds: float) -> None:
        self.log(f"{fault.sentence} Trying again in {seconds:.1f} s.")


def _made(task: Task, template: str, question: str, answer: str, replies: list[Reply]) -> Made:
    """The row, or why it is none."""
    tokens, written = _tokens(replies), replies[-1].text
    told = row_text.normal(answer)
    if not told:
        cut = replies[-1].cut and row_text.normal(written)
        return Made(None, CUT if cut else EMPTY, *tokens, written)
    if wrong := _no_question(task, template, question):
        return Made(None, wrong, *tokens, written)
    copied = len(told) >= SHORT_ANSWER and row_text.echoes(answer, [template, question])
    if copied or told in (row_text.normal(question), row_text.normal(task.text)):
        return Made(None, REPEATS, *tokens, written)
    if row_text.other_language(question, task.language) or row_text.other_language(
        answer, task.language
    ):
        return Made(None, LANGUAGE, *tokens, written)
    if declines(question) or declines(answer):
        return Made(None, REFUSAL, *tokens, written)
    return Made({"system": "", "instruction": question, "input": "", "output": answer}, "", *tokens)


def _tokens(replies: list[Reply]) -> tuple[int, int]:
    return sum(one.prompt_tokens for one in replies), sum(one.completion_tokens for one in replies)


def _no_question(task: Task, template: str, question: str) -> str:
    """Why this cannot be the instruction of a row; "" if it can."""
    asked = row_text.normal(question)
    if not asked:
        return EMPTY
    shots = [shot.question for shot in task.prompts.shots.values()]
    frame = fill(template, text="", heading="", type=task.type, question="")
    return REPEATS if row_text.echoes(question, [frame, task.text, *shots]) else ""


def _messages(task: Task, template: str, question: str = "") -> list[Message]:
    """The prompt, after the example of its type if there is one."""
    asked = _user(
        fill(template, text=task.text, heading=task.heading, type=task.type, question=question)
    )
    shot = task.prompts.shots.get(task.type)
    if shot is None:
        return asked
    shown = _user(
        fill(template, text=shot.text, heading="", type=task.type, question=shot.question)
    )
    return [
        *shown,
        {"role": "assistant", "content": shot.answer if question else shot.question},
        *asked,
    ]


def _shift(unit: Unit) -> int:
    """Another seed for each question to a chunk, and for a second visit."""
    task: Task = unit.task
    return task.index + 1000 * unit.visit


def _user(text: str) -> list[Message]:
    return [{"role": "user", "content": text}]
