"""What libraries raise at files of a model that they cannot read."""

# transformers, tokenizers and torch name no error of their own for a damaged or unfitting file.
LOAD_ERRORS = (
    OSError,
    ValueError,
    RuntimeError,
    KeyError,
    ImportError,
    TypeError,
    AttributeError,
    MemoryError,
)
