"""What is used of a library beyond its public documentation: one small module a library, and
nothing else of it anywhere.

A new release may change any of it without a word. `tests/engine/test_library_contracts.py` says in
one sentence what broke; the model server and the training check themselves at the start and refuse
rather than answer nonsense.
Importing this package is cheap; the modules that import torch are for workers only.
"""

from importlib.metadata import PackageNotFoundError, version

COMPARED = ("transformers", "peft", "torch")


def versions(*names: str) -> str:
    """The installed versions, for a sentence: "transformers 5.24.0, peft 0.21.2"; all of COMPARED
    by default.
    """
    found = []
    for name in names or COMPARED:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


# Modules that other rooms and the window may use beside these names.
MODULES = (
    "adapter_sums",
    "bitsandbytes_inside",
    "calamine_inside",
    "document_attention",
    "hub_inside",
    "hub_sending",
    "liger_inside",
    "lora_fused",
    "peft_inside",
    "torch_inside",
    "trainer_inside",
    "transformers_inside",
    "trl_inside",
)
