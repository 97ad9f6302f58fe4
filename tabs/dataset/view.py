"""What the Dataset tab's card shows: a page of rows, chats or tokens, and what was left out."""

from typing import Any

from studio.datasets import registry
from studio.datasets.token_view.share import Share
from studio.errors import StudioError
from tabs.dataset import row_finding, token_options, token_rows
from tabs.dataset.page import PAGE, Reading
from tabs.dataset.token_options import Wanted
from tabs.kit import job_notes
from tabs.kit.language import reason, sentences
from tabs.kit.session import Session
from tabs.views import payload


def draw(
    session: Session,
    name: str | None,
    mode: str,
    place: dict[str, Any],
    found: Reading | None,
    share: Share | None = None,
    wanted: Wanted | None = None,
    laid: Reading | None = None,
) -> str:
    """The view's value: the page that was read, that it is still being read, or why it could not
    be; without a dataset, that there is none. place: what is looked for (see `row_finding`). Of
    tokens: share, what is trained on of the whole set under the options wanted; laid, its packs or
    blocks once they are read.
    """
    base: dict[str, Any] = {
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
        fits = (wanted or Wanted()).fits(page["kind"])
        if mode == "tokens":
            if fits.stage == "rm":  # which compares replies and learns none of their tokens
                base["words"] = base["words"] | session.words("dataset.tokens.compared")
            base |= {
                "tokens": token_options.shown(session, fits, page["kind"], share),
                "share": token_options.share_shown(session, fits, share),
                "note": session.word("dataset.tokens.notes.rm") if fits.stage == "rm" else "",
            }
            if fits.joined:
                if laid is None or not laid.done():
                    waiting = None if share and share.error else _joining(session)
                    return payload(base | {"empty": waiting or {}})
                return payload(base | token_rows.joined(session, page, laid.result()))
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
    shown = _page(session, page, mode, place)
    return payload(base | {"key": f"{name}-{page['offset']}-{row_finding.asked(place)}"} | shown)


def _joining(session: Session) -> dict[str, str]:
    """What stands in the place of packs until the rows are counted."""
    return {
        "title": session.word("dataset.tokens.joining"),
        "text": session.word("dataset.tokens.joining_text"),
    }


def _under_way(session: Session, name: str, mode: str) -> dict[str, str]:
    """What stands in the place of a page that is still being read."""
    return {
        "title": session.word("dataset.reading"),
        "text": session.word("dataset.reading_tokens") if mode == "tokens" else name,
    }


def _page(
    session: Session, page: dict[str, Any], mode: str, place: dict[str, Any]
) -> dict[str, Any]:
    """A page that was read: its rows, the dataset's figures, and what was left out of it."""
    scan = row_finding.scan(session, page["name"])
    read = page["offset"] + len(page["rows"] or page["numbers"])
    left_out = [[session.word("dataset.skipped"), page["skipped"]]] if page["skipped"] else []
    return {
        "total": page["matches"]
        if page["ready"]
        else max(read, row_finding.about(scan.of if scan else 0)),
        "find": row_finding.shown(session, place, page, scan),
        "offset": page["offset"],
        "limit": PAGE,
        "rows": _rows(session, page, mode),
        "lang": "zh" if page["chinese"] else "en",
        "problems": _differs(session, page) + job_notes.problems(session, page),
        "problems_title": session.word(
            "dataset.problems" if page["skipped"] else "dataset.notes", n=f"{page['skipped']:,}"
        ),
        "figures": [
            [session.word("dataset.rows"), page["count"] if page["ready"] else "…"],
            *left_out,
            *_samples(session, page),
            [
                session.word("dataset.format"),
                f"{page['formatting']}{' · ranking' if page['ranking'] else ''}",
            ],
        ],
    }


def _differs(session: Session, page: dict[str, Any]) -> list[str]:
    """That the file is not the one that the entry's file_sha1 means."""
    return [session.word("dataset.sha1_differs")] if page["sha1"] == "differs" else []


def _samples(session: Session, page: dict[str, Any]) -> list[list[Any]]:
    """How many rows a training takes, where the entry says another number than there are."""
    number = page["num_samples"]
    return [[session.word("dataset.samples"), number]] if number else []


def _rows(session: Session, page: dict[str, Any], mode: str) -> list[dict[str, Any]]:
    """The page's rows as the view's script takes them, each with its number in the dataset from 1
    and its title; those that cannot be used with their line.
    """
    if mode == "tokens":
        shown = [token_rows.row(session, one) for one in page["rows"]]
    else:
        shown = [{"messages" if mode == "chat" else "data": row} for row in page["rows"]]
    good = [
        row | {"n": number + 1, "title": title}
        for row, number, title in zip(shown, page["numbers"], page["titles"], strict=False)
    ]
    return good + [
        row_finding.bad_row(
            one,
            reason(session.language, one["reason"]),
            job_notes.place(session, page, one["line"]),
        )
        for one in page["bad"]
    ]
