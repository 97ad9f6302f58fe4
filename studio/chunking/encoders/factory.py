"""The encoder that a spec names: sentences → vectors whose products tell how much two sentences
have in common.
"""

from pathlib import Path

from studio.chunking.encoders.base import Encoder, SentenceModel, Vectors
from studio.chunking.spec import ChunkSpec
from studio.workspace import Workspace


def make(spec: ChunkSpec, workspace: Workspace | None = None) -> Encoder:
    """The encoder that `spec` names, loaded once, in a worker's process.

    Raises ModelError or LlmFault.

    workspace: where finished vectors are kept, unless the spec says otherwise, and a place of
    models.
    """
    if spec.encoder == "lexical":
        from studio.chunking.encoders.lexical import encode

        return lambda text, borders, told: Vectors(encode(text, borders))
    from studio.chunking.encoders.cache import of_workspace
    from studio.chunking.encoders.sentence_model import encoder

    cache = of_workspace(workspace) if workspace and spec.cache else None
    return encoder(_model(spec, workspace), cache)


def _model(spec: ChunkSpec, workspace: Workspace | None) -> SentenceModel:
    """The model of sentences, on this machine or on a server."""
    if spec.encoder in ("openai", "ollama"):
        from studio.chunking.encoders.endpoint import EndpointEncoder

        return EndpointEncoder(spec.encoder, spec.encoder_model, spec.encoder_url)
    from studio.chunking.encoders.minilm import model_folder
    from studio.models.hub import local_folder

    folder = (
        model_folder()
        if spec.encoder == "minilm"
        else Path(local_folder(spec.encoder_model, workspace=workspace))
    )
    from studio.chunking.encoders.huggingface import HfEncoder

    return HfEncoder(folder, spec.pooling if spec.encoder == "model" else "mean", spec.batch_tokens)
