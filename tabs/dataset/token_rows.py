"""A page of rows as tokens, as the view's script takes it: each row's sides, packs and blocks."""

from typing import Any

from studio.errors import StudioError
from tabs.dataset.page import PAGE
from tabs.kit.language import sentences
from tabs.kit.session import Session

SHOWN_LOST = 400  # tokens behind the cutoff; the rest is counted
NAMED = 6  # rows of a pack that its title names
BEGINS = ("start", "goes_on")


def row(session: Session, found: dict[str, Any]) -> dict[str, Any]:
    """One row: its sides, what becomes of it, or why it cannot be shown."""
    return {
        "parts": [_part(session, part) for part in found["parts"]],
        "error": _told(session, found["error"]),
        "notes": _notes(session, found),
    }


def joined(
    session: Session, page: dict[str, Any], found: dict[str, Any], offset: int
) -> dict[str, Any]:
    """A page of packs, or of blocks of plain text, in the place of one of rows."""
    unit = "block" if page["kind"] == "text" else "pack"
    rows = [
        row(session, one) | {"n": one["row"] + 1, "title": _title(session, one["members"])}
        for one in found["rows"]
    ]
    return {
        "key": f"{page['name']}-{unit}-{offset}",
        "total": found["total"],
        "offset": offset,
        "limit": PAGE,
        "rows": rows,
        "lang": "zh" if page["chinese"] else "en",
        "problems": [],
        "edit": None,  # a pack or block is no row that could be changed
        "row_share": session.word(f"dataset.tokens.this_{unit}"),
        "note": session.word(f"dataset.tokens.notes.{unit}s"),
        "figures": [
            [session.word("dataset.rows"), page["count"]],
            [session.word(f"dataset.tokens.figures.{unit}s"), found["total"]],
        ],
    }


def _title(session: Session, members: list[int]) -> str:
    """Which rows lie in a pack or block."""
    named = ", ".join(f"{one + 1:,}" for one in members[:NAMED])
    if len(members) > NAMED:
        named += f" … (+{len(members) - NAMED:,})"
    return session.word("dataset.tokens.members", rows=named)


def _notes(session: Session, found: dict[str, Any]) -> list[list[Any]]:
    """What the tokens alone do not say of a row: [sentence, whether something is lost]."""
    notes: list[list[Any]] = []
    if found.get("tag") is not None:
        word = "wanted" if found["tag"] else "unwanted"
        notes.append([session.word(f"dataset.tokens.notes.{word}"), False])
    if found.get("dropped"):
        notes.append([session.word("dataset.tokens.notes.dropped"), True])
    cut = sum(len(part["cut_tokens"]) for part in found["parts"] if part["left"])
    if cut:
        notes.append([session.word("dataset.tokens.notes.cut", n=f"{cut:,}"), True])
    return notes


def _told(session: Session, record: dict[str, Any] | None) -> str | None:
    """A row's own trouble in one line."""
    return (
        " ".join(sentences(session.language, StudioError.from_record(record))) if record else None
    )


def _part(session: Session, part: dict[str, Any]) -> dict[str, Any]:
    """One rendered answer: tokens with t(rained), u(ntrained), s(pecial), and its figures."""
    kinds = [
        ("s" if special else "") + (" t" if label != -100 else " u")
        for special, label in zip(part["special"], part["labels"], strict=True)
    ]
    lost, left = part["cut_tokens"], part["left"]
    unseen = left or max(0, len(lost) - SHOWN_LOST)
    return {
        "name": part["name"],
        "trained": sum(label != -100 for label in part["labels"]) + part["left_trained"],
        "left": left,
        "ids": part["input_ids"],
        "tokens": [[t, k.strip()] for t, k in zip(part["tokens"], kinds, strict=True)],
        "split": part["split"],
        "positions": part.get("positions"),
        "starts": [
            [place, session.word(f"dataset.tokens.{BEGINS[goes_on]}", n=f"{number + 1:,}")]
            for place, number, goes_on in part.get("starts", ())
        ],
        "cut": f"{len(part['tokens']):,}" if part["truncated"] and not left else None,
        "lost": [] if left else lost[:SHOWN_LOST],
        "more": session.word("dataset.lost", n=f"{unseen:,}") if unseen else "",
    }
