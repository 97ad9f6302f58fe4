"""Bytes → text, as `studio.text.decode` reads them; kept here for the readers of documents."""

from studio.text.decode import Decoded, common_share, decode

__all__ = ["Decoded", "common_share", "decode"]
