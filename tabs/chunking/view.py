"""What the Chunking tab's card shows: a page of chunks in their text, the similarity along it, or
two sets side by side.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from studio import documents
from studio.chunking.sets import borders_file, compare, editing, queries
from studio.chunking.sets.borders_file import Borders
from studio.text.scripts import has_chinese
from tabs.kit.session import Session
from tabs.views import payload

PAGE = 24
PAGE_TOKENS = 10_000
FIGURES = ("tokens_median", "tokens_max", "coverage", "mid_sentence_share", "cohesion")
SHARES = ("coverage", "mid_sentence_share")


@dataclass(frozen=True)
class Shown:
    """What the page asks for: a set, from which chunk on, beside which other set ("" for none)."""

    chosen: dict[str, Any] | None
    offset: int
    other: dict[str, Any] | None


def page_size(chosen: dict[str, Any]) -> int:
    """Chunks a page: 24, fewer where they are long."""
    return max(3, min(PAGE, PAGE_TOKENS // max(1, int(chosen["meta"].get("tokens_median") or 1))))


def draw(session: Session, shown: Shown) -> str:
    """The view's value.

    All of it comes from the store and the run's borders file, in a page's measure.
    """
    chosen = shown.chosen
    if chosen is None:
        return payload({"total": 0, "empty": session.words("chunking.empty")})
    size = page_size(chosen)
    offset = max(0, min(shown.offset, (chosen["count"] - 1) // size * size))
    found = queries.page(session.workspace, chosen["id"], max(0, offset - 1), size + min(1, offset))
    before, found = (found[0], found[1:]) if offset else (None, found)
    rows = _rows(session, chosen, found, before, offset)
    beside = _beside(session, chosen, shown.other, found, rows) if shown.other else None
    edits = editing.edits(session.workspace, chosen["id"])
    return payload(
        {
            "key": f"{chosen['id']}-{offset}-{bool(beside)}",
            "total": chosen["count"],
            "offset": offset,
            "limit": size,
            "rows": rows,
            "name": chosen["name"],
            "lang": "zh" if has_chinese(found[0]["text"][:200] if found else "") else "en",
            "histogram": [list(b) for b in queries.histogram(session.workspace, chosen["id"])],
            "figures": figures(session, chosen, edits),
            "words": session.words("chunking.view"),
            "edits": edits,
            "editable": bool(chosen["meta"]),
        }
        | ({"other": beside} if beside else {})
    )


def figures(session: Session, chosen: dict[str, Any], edits: int) -> list[list[Any]]:
    """The set's figures in words; those that an edit by hand makes untrue are left out."""
    meta = chosen["meta"] | (
        {} if not edits else editing.figures_now(session.workspace, chosen["id"])
    )
    rows = [[session.word("chunking.figures.chunks"), chosen["count"]]]
    for key in FIGURES:
        if meta.get(key) is not None and not (edits and key == "cohesion"):
            value = (
                f"{_percent(meta[key])} %"
                if key in SHARES
                else f"{meta[key]:.2f}"
                if key == "cohesion"
                else meta[key]
            )
            rows.append([session.word(f"chunking.figures.{key}"), value])
    return rows


def _where(session: Session, document: documents.Document | None, place: int) -> str:
    """The page, row or time that a place comes from, in the window's language."""
    where = documents.place_of(session.workspace, document, place) if document else ""
    kind, _, number = where.partition(" ")
    return (
        session.word(f"documents.places.{kind}", n=number)
        if kind in ("page", "row", "rows")
        else where
    )


def _percent(share: float) -> str:
    return f"{100 * share:.2f}".rstrip("0").rstrip(".")


def _rows(
    session: Session,
    chosen: dict[str, Any],
    found: list[dict[str, Any]],
    before: dict[str, Any] | None,
    offset: int,
) -> list[dict[str, Any]]:
    """A page's chunks: each with its own text in sentences, what it repeats, and the similarity at
    every border.
    """
    most = (chosen["meta"].get("spec") or {}).get("max_tokens") or math.inf
    known = {d.id: d for d in documents.listing(session.workspace)}
    curves = _curves(session, chosen, found)
    rows: list[dict[str, Any]] = []
    for number, chunk in enumerate(found):
        follows = before is not None and before["document"] == chunk["document"]
        place = before["end"] if before is not None and follows else 0
        place = max(chunk["start"], place)
        own = chunk["text"][place - chunk["start"] :]
        parts = _parts(own, place, curves.get(chunk["document"]))
        rows.append(
            {
                "n": offset + number + 1,
                "document": chunk["document"],
                "place": place,
                "tokens": chunk["tokens"],
                "over": chunk["tokens"] > most,
                "heading": chunk["heading"],
                "first": not follows,
                "parts": parts,
                "name": known[chunk["document"]].name if chunk["document"] in known else "",
                "begins": own.strip()[:60],
                "where": _where(session, known.get(chunk["document"]), place),
                "repeated": chunk["text"][: place - chunk["start"]],
                "similar": parts[0]["similar"],
            }
        )
        before = chunk
    return rows


def _curves(
    session: Session, chosen: dict[str, Any], found: Iterable[dict[str, Any]]
) -> dict[str, Borders]:
    """The sentence borders with their similarities of each document's part on the page."""
    spans: dict[str, tuple[int, int]] = {}
    for chunk in found:
        low, high = spans.get(chunk["document"], (chunk["start"], chunk["end"]))
        spans[chunk["document"]] = (min(low, chunk["start"]), max(high, chunk["end"]))
    return {
        document: borders_file.of_set(session.workspace, chosen["id"], document, *span)
        for document, span in spans.items()
    }


def _parts(own: str, place: int, curve: Borders | None) -> list[dict[str, Any]]:
    """A chunk's own text parted at its sentence borders: [{text, place, similar}, …]."""
    inner = (
        [
            (p, s)
            for p, s in zip(curve.places, curve.similarities, strict=True)
            if place <= p < place + len(own)
        ]
        if curve
        else []
    )
    if not inner or inner[0][0] != place:
        inner = [(place, math.nan), *inner]
    ends = [p for p, _ in inner[1:]] + [place + len(own)]
    return [
        {
            "text": own[p - place : end - place],
            "place": p,
            "similar": None if math.isnan(s) else round(s, 4),
        }
        for (p, s), end in zip(inner, ends, strict=True)
    ]


def _beside(
    session: Session,
    chosen: dict[str, Any],
    other: dict[str, Any],
    found: list[dict[str, Any]],
    rows: list[dict[str, Any]],
) -> dict[str, Any]:
    """Another set over the same stretch of text, and how far the two agree."""
    agreed = compare.agreement(session.workspace, chosen["id"], other["id"])
    agreement = session.word(
        "chunking.agreement",
        both=f"{agreed.both:,}",
        first=f"{agreed.first:,}",
        second=f"{agreed.second:,}",
        pk=f"{agreed.pk:.2f}",
    )
    return {
        "name": other["name"],
        "figures": figures(session, other, editing.edits(session.workspace, other["id"])),
        "agreement": agreement,
        "stretches": compare.stretches(
            session.workspace,
            other["id"],
            [
                (
                    r["document"],
                    r["place"],
                    r["n"],
                    r["tokens"],
                    "".join(p["text"] for p in r["parts"]),
                )
                for r in rows
            ],
        ),
    }
