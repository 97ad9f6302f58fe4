"""The page in transit: sent packed, answers and files as they are."""

from typing import Any

from starlette.middleware.gzip import GZipMiddleware

LEVEL = 5  # of zlib: some 50 ms for the whole page


class PackedPage:
    """Sends the page itself with gzip where the browser takes it, which is a seventh of it over a
    public link. Answers are small, and files are packed already or as large as a person made them.
    """

    def __init__(self, app: Any) -> None:
        self.app = app
        self.packing = GZipMiddleware(app, compresslevel=LEVEL)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass on, packed or not."""
        page = scope["type"] == "http" and scope["path"] == "/"
        await (self.packing if page else self.app)(scope, receive, send)
