"""Models: where they lie, which may be loaded, and the starters. Nothing here loads one."""

from studio.models.adapters import adapter_folder, template_of
from studio.models.catalog import ModelEntry, available
from studio.models.folders import folder, roots
from studio.models.load_errors import LOAD_ERRORS
from studio.models.reference import is_hub_id, resolve
from studio.models.safety import AdapterInfo, check_adapter, check_model

__all__ = [
    "LOAD_ERRORS",
    "AdapterInfo",
    "ModelEntry",
    "adapter_folder",
    "available",
    "check_adapter",
    "check_model",
    "folder",
    "is_hub_id",
    "resolve",
    "roots",
    "template_of",
]

# Modules that other rooms and the window may use beside these names.
MODULES = (
    "chat_template",
    "folders",
    "hub",
    "machine",
    "quantising",
    "reference",
    "reply_spans",
    "shapes",
    "spec",
)
