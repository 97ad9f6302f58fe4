"""The fields of chunking: `ChunkSpec` for a text at hand, `ChunkJob` for documents of the
workspace.
"""

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypedDict

from pydantic import model_validator

from studio.jobs.parallel_fields import ParallelFields
from studio.spec import Spec, Wrong, field

if TYPE_CHECKING:
    from studio.workspace import Workspace

STRUCTURE_TOKENS = 2048
# The methods that ask how alike sentences are, and the encoders that a server runs.
ENCODED, SERVERS = ("semantic", "greedy"), ("openai", "ollama")


class ChunkSpec(Spec):
    """How a text is cut.

    Token counts are those of `token_counter` (see `studio.chunking.tokens.counting`).
    """

    # semantic: all borders chosen at once where the subject turns. greedy: sentence by sentence, a
    # border where a sentence is less like the chunk so far than similarity_threshold. structure: by
    # the text's own parts.
    # recursive: paragraphs, then sentences, then clauses, until a piece fits. paragraph: whole
    # paragraphs.
    # length: whole sentences until the chunk is full. tokens: windows of max_tokens, also inside
    # sentences.
    method: Literal[
        "semantic", "structure", "paragraph", "recursive", "length", "tokens", "greedy"
    ] = field(
        "semantic", help="Semantic cuts where the subject turns, structure at chapters and articles"
    )
    # lexical: characters and words in common, no model. minilm: all-MiniLM-L6-v2, made for English.
    # model: any Hugging Face encoder; openai, ollama: an embeddings server; encoder_model names the
    # model.
    encoder: Literal["lexical", "minilm", "model", "openai", "ollama"] = field(
        "lexical", help="What similarity is measured with", counts_with={"method": ENCODED}
    )
    # Left out, it is 2,048 by structure: there the unit was asked for, and a long article is still
    # one.
    max_tokens: int = field(512, low=16, high=32768, unit="tokens", help="No chunk is longer")
    # Over the penalty that the text itself gives.
    granularity: float = field(
        0.5,
        low=0,
        high=1,
        step=0.05,
        widget="slider",
        help="0.5 is what the text itself suggests; higher cuts more often",
        counts_with={"method": ("semantic",)},
    )

    # By structure it is not asked for.
    min_tokens: int = field(
        64,
        group="limits",
        low=0,
        high=32768,
        unit="tokens",
        help="Shorter only where nothing else is possible",
    )
    overlap: int = field(
        0,
        group="limits",
        low=0,
        high=16384,
        unit="tokens",
        help="What is repeated from the chunk before",
    )
    # Cosine similarity.
    similarity_threshold: float = field(
        0.5,
        group="limits",
        low=0,
        high=1,
        step=0.01,
        help="Greedy only: cut where a sentence is less like the chunk so far",
        counts_with={"method": ("greedy",)},
    )
    # auto: the finest kind that the text is plainly made of.
    structure_unit: Literal["auto", "heading", "part", "chapter", "section", "article", "scene"] = (
        field(
            "auto",
            group="limits",
            help="Structure only: what becomes one chunk",
            counts_with={"method": ("structure",)},
        )
    )

    # estimate: a fixed weight for each character, near a tokenizer's count; tokenizer: that of
    # `tokenizer`.
    token_counter: Literal["estimate", "characters", "tokenizer"] = field(
        "estimate",
        group="counting",
        help="An estimate needs no model: one a Chinese character, about 1.3 an English word",
    )
    tokenizer: str = field(
        "",
        group="counting",
        source="models",
        widget="optional",
        help="A model's name or folder; empty takes the starter model's",
        counts_with={"token_counter": ("tokenizer",)},
    )

    # Of encoder model: a name on the hub or a folder; of openai and ollama: the server's name for
    # it.
    encoder_model: str = field(
        "",
        group="encoder",
        help="For example bert-base-chinese, a folder, or the server's name for it",
        counts_with={"method": ENCODED, "encoder": ("model", *SERVERS)},
    )
    pooling: Literal["mean", "cls", "last"] = field(
        "mean",
        group="encoder",
        help="How a sentence's vector is made from its tokens",
        counts_with={"method": ENCODED, "encoder": ("model",)},
    )
    # Padded tokens.
    batch_tokens: int = field(
        8192,
        group="encoder",
        low=64,
        high=1048576,
        unit="tokens",
        help="Fewer need less memory",
        counts_with={"method": ENCODED, "encoder": ("minilm", "model")},
    )
    # Of openai and ollama.
    encoder_url: str = field(
        "",
        group="encoder",
        help="Empty is the provider's usual one",
        counts_with={"method": ENCODED, "encoder": SERVERS},
    )
    cache: bool = field(
        True,
        group="encoder",
        help="The same text is not encoded twice",
        counts_with={"method": ENCODED, "encoder": ("minilm", "model", *SERVERS)},
    )

    @model_validator(mode="after")
    def _lengths(self) -> Self:
        if self.method == "structure" and "max_tokens" not in self.model_fields_set:
            self.max_tokens = STRUCTURE_TOKENS
        if self.min_tokens > self.max_tokens:
            if "min_tokens" in self.model_fields_set:
                raise Wrong("{min_tokens} is more than {max_tokens}", "min_tokens", "max_tokens")
            self.min_tokens = self.max_tokens // 8
        if self.overlap * 2 > self.max_tokens:
            raise Wrong("{overlap} is more than half of {max_tokens}", "overlap", "max_tokens")
        if (
            self.encoder in ("model", *SERVERS)
            and self.method in ENCODED
            and not self.encoder_model
        ):
            raise Wrong(
                "the encoder {encoder} needs a model", "encoder_model", encoder=f"`{self.encoder}`"
            )
        return self


class ChunkResult(TypedDict):
    """What a chunking gives.

    set: id of the set of chunks. documents: how many. coverage, mid_sentence_share and cohesion:
    see `studio.chunking.sets.statistics`. in_speech, in_article: chunks that begin inside a speech,
    and by meaning inside an article, since it alone is longer than a chunk. notes: what the person
    should know, once each. file: chunks.parquet, relative to the workspace.
    """

    set: str
    name: str
    documents: int
    chunks: int
    tokens_median: int
    tokens_max: int
    histogram: Any
    coverage: float
    mid_sentence_share: float
    cohesion: float
    notes: list[str]
    in_speech: int
    in_article: int
    file: str


class ChunkJob(ChunkSpec, ParallelFields):
    """Cut documents of the workspace into one set of chunks."""

    KIND: ClassVar[str] = "chunk"
    RESULT: ClassVar[type] = ChunkResult
    FIRST: ClassVar[tuple[str, ...]] = (
        "documents",
        "method",
        "encoder",
        "max_tokens",
        "granularity",
        "name",
    )

    documents: list[str] = field(
        factory=list, source="documents", preset=False, help="Texts of this workspace"
    )
    name: str = field("", preset=False, help="Optional; the result is listed under it")

    def check(
        self, workspace: "Workspace", *, later: frozenset[str] = frozenset(), work: str = ""
    ) -> None:
        """Raise where a document or the shipped encoder is missing, or the encoder's server gives
        nothing without a key.
        """
        from studio.chunking.encoders.minilm import model_folder
        from studio.documents.refusals import require_documents
        from studio.llm.refusals import require_key

        if "documents" not in later:
            require_documents(workspace, self.documents)
        self.check_executor(self.KIND)
        if self.method not in ("semantic", "greedy"):
            return
        if self.encoder in ("openai", "ollama") and "encoder_url" not in later:
            require_key(self.encoder_url, self.encoder, "encoder_url")
        if self.encoder == "minilm":
            model_folder()
