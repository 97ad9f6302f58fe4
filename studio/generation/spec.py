"""Specs of the two generating jobs; both are an AskingJob with the work added."""

from typing import TYPE_CHECKING, ClassVar, Literal, TypedDict

from pydantic import field_validator

from studio import presets
from studio.llm.spec import AskingJob
from studio.spec import Wrong, field

if TYPE_CHECKING:
    from studio.workspace import Workspace


def question_types(language: str) -> list[str]:
    """The question types that come with the studio, in the same order in each language; in English
    where there are none in `language`.
    """
    return list(presets.load("prompts", prompts_in(language, "instructions"))["types"])


class GeneratedResult(TypedDict):
    """What the two generating jobs give.

    set: id of the set of rows. skipped: requests that made no row; reasons: why → count; examples:
    why → one of them.
    """

    set: str
    name: str
    rows: int
    skipped: int
    reasons: dict[str, int]
    examples: dict[str, str]
    prompt_tokens: int
    completion_tokens: int


class InstructionsJob(AskingJob):
    """Chunks → instruction rows: a question of an assigned type and its answer, for each chunk."""

    KIND: ClassVar[str] = "instructions"
    RESULT: ClassVar[type] = GeneratedResult
    FIRST: ClassVar[tuple[str, ...]] = (
        "chunks",
        "provider",
        "model_name_or_path",
        "base_url",
        "questions_per_chunk",
        "question_types",
        "name",
    )

    chunks: str = field(
        example="chunks-20261127-120000-ab12",
        source="chunk_sets",
        help="The set of chunks to ask about",
        preset=False,
    )
    chunk_ids: list[int] = field(
        factory=list, group="hidden", help="Only these chunks of the set, by their numbers"
    )
    questions_per_chunk: int = field(2, low=1, high=20, help="Rows asked for from each chunk")
    question_types: list[str] = field(
        factory=lambda: question_types("zh"),
        widget="multi",
        help="One a line; they are given out in turn",
    )
    name: str = field("", help="Optional; the result is listed under it", preset=False)
    max_chunks: int = field(0, group="limits", low=0, high=10_000_000, help="0 takes all")
    language: Literal["auto", "zh", "en"] = field(
        "auto", group="advanced", help="Of the questions and answers; auto takes each chunk's own"
    )
    # auto: JSON from servers that keep to a schema, two plain steps for the local model.
    answer_format: Literal["auto", "json", "two_step"] = field(
        "auto", group="advanced", help="Small models answer better in two plain steps"
    )

    def check(
        self, workspace: "Workspace", *, later: frozenset[str] = frozenset(), work: str = ""
    ) -> None:
        """Raise where the chunks are missing, or the provider cannot be asked."""
        from studio.generation.instructions import chosen_chunks
        from studio.llm.refusals import require_provider

        if not later & {"chunks", "chunk_ids"}:
            chosen_chunks(self, workspace)
        require_provider(self, workspace, later)

    @field_validator("question_types")
    @classmethod
    def _types_named(cls, value: list[str]) -> list[str]:
        kept = [text.strip() for text in value if text.strip()]
        if not kept:
            raise Wrong("name at least one question type")
        if any(len(text) > 60 for text in kept):
            raise Wrong("a question type has at most 60 characters")
        return kept


class PreferencesJob(AskingJob):
    """Rows of a dataset → pairs of a chosen and a rejected answer.

    rewrite: the model's rewrite is chosen, the original rejected. own_answer: the original is
    chosen, what the model answers by itself is rejected (SPIN, Chen et al. 2024).
    """

    KIND: ClassVar[str] = "preferences"
    RESULT: ClassVar[type] = GeneratedResult
    FIRST: ClassVar[tuple[str, ...]] = (
        "dataset",
        "mode",
        "provider",
        "model_name_or_path",
        "base_url",
        "rewrite_prompt",
        "name",
    )

    dataset: str = field(
        example="demo", source="datasets", help="From the Dataset tab", preset=False
    )
    mode: Literal["rewrite", "own_answer"] = field(
        "rewrite", help="How the second answer of a pair is made"
    )
    rewrite_prompt: str = field(
        factory=lambda: rewrite_prompt("en"),
        lines=4,
        help="{question} and {answer} stand for the row's own",
        counts_with={"mode": ("rewrite",)},
    )
    name: str = field("", help="Optional; the result is listed under it", preset=False)
    max_rows: int = field(0, group="limits", low=0, high=10_000_000, help="0 takes all")

    def check(
        self, workspace: "Workspace", *, later: frozenset[str] = frozenset(), work: str = ""
    ) -> None:
        """Raise where the dataset is missing or has no answers of its own, or the provider cannot
        be asked.
        """
        from studio.datasets.refusals import require_rows, require_single_answers
        from studio.llm.refusals import require_provider

        if "dataset" not in later:
            require_rows(workspace, [self.dataset], "dataset")
            require_single_answers(workspace, self.dataset)
        require_provider(self, workspace, later)

    @field_validator("rewrite_prompt")
    @classmethod
    def _holds_the_answer(cls, value: str) -> str:
        if "{answer}" not in value:
            raise Wrong("the prompt must hold {answer}, where the original answer goes")
        return value


def rewrite_prompt(language: str) -> str:
    """The rewrite prompt that comes with the studio; in English where there is none in
    `language`.
    """
    return str(presets.load("prompts", prompts_in(language, "rewrite"))["rewrite"])


def prompts_in(language: str, name: str) -> str:
    """The preset of the prompts `name` in a language, else that in English."""
    wanted = f"{name}_{language}"
    return wanted if wanted in presets.names("prompts") else f"{name}_en"
