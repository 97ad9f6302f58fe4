"""What each open page last sent of its components, so that a page at rest can be kept true without
asking for it again.

A page's values come with the event that draws the open tab. Any other event of that page may change
them: then they are forgotten, and the next look goes through Gradio once more.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from tabs import gradio_inside

MOST = 100


@dataclass(frozen=True)
class Page:
    """The values of one tab's inputs, by component, and the language of the words."""

    tab: str
    language: str
    values: dict[Any, Any]


class Pages:
    """The pages by Gradio's session, the one used last at the end."""

    def __init__(self) -> None:
        self._pages: OrderedDict[str, Page] = OrderedDict()
        self._lock = threading.Lock()

    def remember(self, page: Page) -> str:
        """Keep what the page of this event shows; its session."""
        session = gradio_inside.session_hash()
        with self._lock:
            if session:
                self._pages[session] = page
                self._pages.move_to_end(session)
            while len(self._pages) > MOST:
                self._pages.popitem(last=False)
        return session

    def forget(self) -> None:
        """This event may change what its page shows."""
        with self._lock:
            self._pages.pop(gradio_inside.session_hash(), None)

    def recall(self, session: str, tab: str) -> Page | None:
        """The page of a session with this tab open, if it has not changed since."""
        page = self._pages.get(session)
        return page if page is not None and page.tab == tab else None
