"""The plain book in the place of the cuts: a page of its text on paper, the chapters to jump to,
what is known of it, and the cleaning that would do it good.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from studio import documents, page_state
from studio.documents import Document
from studio.documents import outline as outlines
from studio.documents.cleaning import STEPS, CleanSpec
from studio.documents.outline import Outline
from tabs.chunking import chunk_sets
from tabs.kit.lazy import Lazy
from tabs.kit.session import Session
from tabs.views import payload

ACTS = ("book", "cuts", "read")  # what the card's buttons ask for
KEPT = "chunk-book"  # in the workspace's page state: the document that is read
MOST_CHAPTERS = 2_000
# Kinds of headings that are counted, the first two that there are.
COUNTED = ("part", "chapter", "article", "scene", "section", "heading")


def remember(session: Session, document: str) -> dict[str, Any]:
    """The page's state that shows a document from its beginning, "" for the cuts; it comes back
    after a reload.
    """
    page_state.save(session.workspace, {KEPT: document or None})
    return {"offset": 0, "book": document}


def kept(session: Session) -> dict[str, Any]:
    """The page's state as it was left in this workspace."""
    return {"offset": 0, "book": str(page_state.load(session.workspace).get(KEPT) or "")}


def turned(
    session: Session, page: Mapping[str, Any], data: Mapping[str, Any], chosen: list[str]
) -> dict[str, Any]:
    """The page's state after a press in the card: to the book, to the cuts, to another leaf."""
    if data.get("act") == "read":
        book = str(page.get("book") or next(iter(chosen), ""))
        return {"offset": 0, "book": book, **{k: data.get(k) for k in ("leaf", "place")}}
    return remember(session, next(iter(chosen), "") if data.get("act") == "book" else "")


def on_show(
    session: Session, page: Mapping[str, Any], chosen: Iterable[str], *, cut: bool
) -> Document | None:
    """The document that is read: the one of the page, else, where nothing was cut, the first that
    is chosen in the form; None where the cuts are shown.
    """
    if not page.get("book") and cut:
        return None
    known = {document.id: document for document in documents.listing(session.workspace)}
    wanted = [str(page.get("book") or ""), *([] if cut else chosen)]
    return next((known[name] for name in wanted if name in known), None)


def lazy(session: Session, document: Document, page: Mapping[str, Any], chunks: int) -> Lazy:
    """The view's value, drawn again when the page is turned. chunks: of the set that was on show
    before.
    """
    leaf, place = _number(page.get("leaf")), _number(page.get("place"))
    own = chunk_sets.of_document(session, document.id)
    cuts = ""
    if own or chunks:
        word = "chunking.own_cuts" if own else "chunking.back_to_cuts"
        cuts = session.word(word, n=f"{own[1] if own else chunks:,}")
    mark = ("book", session.language, document.id, document.name, leaf, place, cuts)
    return Lazy(mark, lambda: draw(session, document, leaf, place, cuts))


def draw(session: Session, document: Document, leaf: int, place: int, cuts: str) -> str:
    """One page of the book. cuts: the button to the cuts, "" for none. Raises WorkspaceError where
    its text is gone.
    """
    found = outlines.outline(document)
    leaf = max(0, min(leaf, len(found.pages) - 1))
    return payload(
        {
            "key": f"book-{document.id}-{leaf}",
            "book": {
                "id": document.id,
                "name": document.name,
                "lang": "zh" if found.chinese else "en",
                "parts": _parts(document, found, leaf),
                "at": found.pages[leaf],
                "leaf": leaf,
                "leaves": len(found.pages),
                "place": place,
                "chapters": [
                    [one.title, one.depth, one.page, one.start]
                    for one in found.chapters[:MOST_CHAPTERS]
                ],
                "left": max(0, len(found.chapters) - MOST_CHAPTERS),
                "facts": facts(session, document, found),
                "cleaning": sum(found.cleaning.values()),
                "cuts": cuts,
                "words": session.words("chunking.book"),
            },
        }
    )


def _parts(document: Document, found: Outline, leaf: int) -> list[dict[str, Any]]:
    """A page's text parted at its headings: [{at: its place in the text, text, heading}, …]."""
    text, at = outlines.read_page(document, found, leaf), found.pages[leaf]
    edges = {at: False}
    for one in found.chapters:
        if one.page == leaf:
            line = text.find("\n", one.start - at)
            edges |= {one.start: True} | ({at + line + 1: False} if line >= 0 else {})
    begins = sorted(edges)
    return [
        {"at": begin, "text": text[begin - at : end - at], "heading": edges[begin]}
        for begin, end in zip(begins, [*begins[1:], at + len(text)], strict=True)
        if end > begin
    ]


def facts(session: Session, document: Document, found: Outline) -> list[str]:
    """What a person should know of the text, a few words each."""
    said: list[str] = []

    def tell(key: str, **values: Any) -> None:
        said.append(session.word(f"chunking.facts.{key}", **values))

    if document.parent:
        tell("cleaned")
    if found.wrapped:
        tell("wrapped", n=found.wrapped)
    kinds = [kind for kind in COUNTED if found.kinds.get(kind)]
    for kind in [one for one in kinds if one != "heading" or len(kinds) == 1][:2]:
        tell(kind, n=f"{found.kinds[kind]:,}")
    if found.quotes:
        tell("quotes")
    if found.chinese or found.english:
        tell("chinese" if found.chinese else "english")
    tell("characters", n=f"{document.chars:,}")
    for mark, key in (("a guess", "guessed"), ("damaged", "damaged")):
        if mark in document.encoding:
            tell(key, name=document.encoding.split(",")[0])
    if found.looked < document.chars:
        tell("looked", n=f"{found.looked:,}")
    return said


def ticks(document: Document) -> dict[str, bool]:
    """Every step of cleaning: whether it is to be ticked for this document, being one of those that
    always are, or one that would change something.
    """
    found = outlines.outline(document).cleaning
    always = CleanSpec()
    return {step: step in found or getattr(always, step) for step in STEPS}


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
