"""What every reader of text stands on: from bytes to characters, kinds of file by their first
bytes, tables, JSON rows; scripts, punctuation, headings, wrapped lines, paragraphs and sentences.
"""

from studio.text.encoding import Decoded, decode, encoding_of
from studio.text.signature import kind_of_bytes, refuse_no_text

__all__ = ["Decoded", "decode", "encoding_of", "kind_of_bytes", "refuse_no_text"]

# Modules that other rooms and the window may use beside these names.
MODULES = (
    "blanks",
    "chapters",
    "delimited",
    "encoding",
    "heading_patterns",
    "headings",
    "jsons",
    "messages",
    "numerals",
    "paragraphs",
    "punctuation",
    "quoted",
    "scripts",
    "sentences",
    "signature",
    "speech",
    "table_dialect",
    "wrapping",
)
