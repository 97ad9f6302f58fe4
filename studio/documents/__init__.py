"""Documents: a file becomes clean text with exact offsets, kept in the workspace. Nothing here takes a path
except `import_path`, which is for the command line."""

from studio.documents.library import Document, add, get, import_path, listing, text
from studio.documents.samples import sample_facts, samples

__all__ = ["Document", "add", "get", "import_path", "listing", "sample_facts", "samples", "text"]
