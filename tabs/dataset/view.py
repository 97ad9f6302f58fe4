"""What the Dataset tab's card shows: a page of rows, chats or tokens, and what was left out."""

from typing import Any

from studio.datasets import registry
from studio.errors import StudioError
from tabs.dataset.page import PAGE, Reading
from tabs.kit import job_notes
from tabs.kit.language import sentences
from tabs.kit.session import Session
from tabs.views import payload


def draw(session: Session, name: str | None, mode: str, offset: int, found: Reading | None) -> str:
    """The view's value: the page that was read, that it is still being read, or why it could not
    be; without a dataset, that there is none.
    """
    base = {
        "mode": mode,
        "words": session.words("dataset.view"),
        "empty": session.words("dataset.empty"),
        "total": 0,
    }
    try:
        if name is None or found is None:
            registry.entries(session.workspace)
            return payload(base)
        if not found.done():
            return payload(base | {"empty": _under_way(session, name, mode)})
        page = found.result()
    except StudioError as error:
        return payload(
            base
            | {
                "total": 1,
                "figures": [],
                "rows": [],
                "error": list(sentences(session.language, error)),
            }
        )
    return payload(base | {"key": f"{name}-{mode}-{offset}"} | _page(session, page, mode, offset))


def _under_way(session: Session, name: str, mode: str) -> dict[str, str]:
    """What stands in the place of a page that is still being read."""
    return {
        "title": session.word("dataset.reading"),
        "text": session.word("dataset.reading_tokens") if mode == "tokens" else name,
    }


def _page(session: Session, page: dict[str, Any], mode: str, offset: int) -> dict[str, Any]:
    """A page that was read: its rows, the dataset's figures, and what was left out of it."""
    left_out = [[session.word("dataset.skipped"), page["skipped"]]] if page["skipped"] else []
    return {
        "total": page["count"],
        "offset": offset,
        "limit": PAGE,
        "rows": _rows(session, page, mode, offset),
        "lang": "zh" if page["chinese"] else "en",
        "problems": job_notes.problems(session, page),
        "problems_title": session.word(
            "dataset.problems" if page["skipped"] else "dataset.notes", n=f"{page['skipped']:,}"
        ),
        "figures": [
            [session.word("dataset.rows"), page["count"]],
            *left_out,
            [
                session.word("dataset.format"),
                f"{page['formatting']}{' · ranking' if page['ranking'] else ''}",
            ],
        ],
    }


def _rows(session: Session, page: dict[str, Any], mode: str, offset: int) -> list[dict[str, Any]]:
    """The page's rows as the view's script takes them, numbered from 1."""
    if mode == "tokens":
        return [
            {
                "n": row["row"] + 1,
                "parts": [_part(session, p) for p in row["parts"]],
                "error": _told(session, row["error"]),
            }
            for row in page["rows"]
        ]
    return [
        {"n": offset + i + 1, "messages" if mode == "chat" else "data": row}
        for i, row in enumerate(page["rows"])
    ]


def _told(session: Session, record: dict[str, Any] | None) -> str | None:
    """A row's own trouble in one line."""
    return (
        " ".join(sentences(session.language, StudioError.from_record(record))) if record else None
    )


def _part(session: Session, part: dict[str, Any]) -> dict[str, Any]:
    """One rendered answer: tokens with t(rained), u(ntrained), s(pecial), and a line of facts."""
    kinds = [
        ("s" if special else "") + (" t" if label != -100 else " u")
        for special, label in zip(part["special"], part["labels"], strict=True)
    ]
    label = (
        f"{session.word('dataset.view.' + part['name'])} · "
        if part.get("name") in ("chosen", "rejected")
        else ""
    )
    fact = session.word(
        "dataset.token_facts",
        n=len(part["input_ids"]),
        share=f"{100 * part['trained_fraction']:.0f}",
    )
    return {
        "facts": label + fact,
        "ids": part["input_ids"],
        "tokens": [[t, k.strip()] for t, k in zip(part["tokens"], kinds, strict=True)],
        "cut": session.word("dataset.cut") if part["truncated"] else None,
        "lost": part["cut_tokens"],
    }
