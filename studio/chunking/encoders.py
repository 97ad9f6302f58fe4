"""Encoders: sentences → vectors whose products tell how much two sentences have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from studio.chunking.spec import ChunkSpec
from studio.workspace import Workspace

if TYPE_CHECKING:
    from studio.chunking.sentence_model import SentenceModel


class Encoder(Protocol):
    """Gives the vectors of the sentences text[borders[i]:borders[i + 1]]; `told` gets the share
    done.
    """

    def __call__(
        self, text: str, borders: list[int], told: Callable[[float], None]
    ) -> "Vectors": ...


@dataclass(frozen=True)
class Vectors:
    """One row a sentence, of length 1 or zero: a scipy CSR matrix or a numpy array."""

    rows: Any

    def gram(self, left: slice, right: slice) -> NDArray[np.float64]:
        """Cosine similarities (left, right) between two runs of sentences."""
        product = self.rows[left] @ self.rows[right].T
        return np.asarray(
            product.toarray() if hasattr(product, "toarray") else product, dtype=np.float64
        )

    def adjacent(self) -> NDArray[np.float64]:
        """Similarity of each sentence to the next, where both have a vector."""
        first, second = self.rows[:-1], self.rows[1:]
        if hasattr(first, "multiply"):
            found = np.asarray(first.multiply(second).sum(axis=1)).ravel()
            some = (np.diff(first.indptr) > 0) & (np.diff(second.indptr) > 0)
        else:
            found = np.einsum("ij,ij->i", first, second)
            some = first.any(axis=1) & second.any(axis=1)
        return found[some].astype(np.float64)


def make(spec: ChunkSpec, workspace: Workspace | None = None) -> Encoder:
    """The encoder that `spec` names, loaded once, in a worker's process.

    Raises ModelError or LlmFault.

    workspace: where finished vectors are kept, unless the spec says otherwise, and a place of
    models.
    """
    if spec.encoder == "lexical":
        from studio.chunking.lexical import encode

        return lambda text, borders, told: Vectors(encode(text, borders))
    from studio.chunking.sentence_model import encoder
    from studio.chunking.vector_cache import of_workspace

    cache = of_workspace(workspace) if workspace and spec.cache else None
    return encoder(_model(spec, workspace), cache)


def _model(spec: ChunkSpec, workspace: Workspace | None) -> "SentenceModel":
    """The model of sentences, on this machine or on a server."""
    if spec.encoder in ("openai", "ollama"):
        from studio.chunking.endpoint_encoder import EndpointEncoder

        return EndpointEncoder(spec.encoder, spec.encoder_model, spec.encoder_url)
    from studio.chunking.minilm import model_folder
    from studio.models.hub import local_folder

    folder = (
        model_folder()
        if spec.encoder == "minilm"
        else Path(local_folder(spec.encoder_model, workspace=workspace))
    )
    from studio.chunking.hf_encoder import HfEncoder

    return HfEncoder(folder, spec.pooling if spec.encoder == "model" else "mean", spec.batch_tokens)
