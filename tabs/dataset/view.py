"""What the Dataset tab's card shows: a page of rows, chats or tokens, and what was left out."""

from typing import Any

from studio.datasets import registry
from studio.datasets.share import Share
from studio.errors import StudioError
from tabs.dataset import row_finding
from tabs.dataset.page import CUTOFF, PAGE, Reading
from tabs.kit import job_notes
from tabs.kit.language import reason, sentences
from tabs.kit.session import Session
from tabs.views import payload

SHOWN_LOST = 400  # tokens behind the cutoff; the rest is counted


def draw(
    session: Session,
    name: str | None,
    mode: str,
    place: dict[str, Any],
    found: Reading | None,
    share: Share | None = None,
) -> str:
    """The view's value: the page that was read, that it is still being read, or why it could not
    be; without a dataset, that there is none. place: what is looked for (see `row_finding`); share:
    what is trained on of the whole set.
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
    shown = _page(session, page, mode, place) | {"share": _share(session, share)}
    return payload(base | {"key": f"{name}-{page['offset']}-{row_finding.asked(place)}"} | shown)


def _share(session: Session, share: Share | None) -> dict[str, Any] | None:
    """The share of the whole set as the view's script takes it: so far, where it is not whole."""
    if share is None:
        return None
    known = {"n": f"{share.done:,}", "total": f"{share.total:,}"}
    losses = [
        session.word(f"dataset.share.{word}", n=f"{n:,}", cutoff=f"{CUTOFF:,}", rows=f"{rows:,}")
        for word, n, rows in _losses(share)
        if n
    ]
    error = " ".join(sentences(session.language, share.error)) if share.error else None
    return {
        "label": session.word(f"dataset.share.{'whole' if share.whole else 'so_far'}", **known),
        "counting": not share.whole and error is None,
        "done": share.done,
        "total": share.total,
        "sides": [
            {"name": name, "tokens": side.tokens, "trained": side.trained}
            for name, side in share.sides.items()
        ],
        "losses": losses,
        "error": error,
    }


def _losses(share: Share) -> list[tuple[str, int, int]]:
    """(word, how many, in how many rows) of what is not learnt though a row holds it."""
    sides = share.sides.values()
    cut = sum(side.cut for side in sides), sum(side.cut_rows for side in sides)
    return [
        ("cut", *cut),
        ("idle", sum(side.idle_rows for side in sides), 0),
        ("faulty", share.faulty, 0),
    ]


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
        shown = [
            {
                "parts": [_part(session, p) for p in row["parts"]],
                "error": _told(session, row["error"]),
            }
            for row in page["rows"]
        ]
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
    lost = part["cut_tokens"]
    more = (
        session.word("dataset.lost", n=f"{len(lost) - SHOWN_LOST:,}")
        if len(lost) > SHOWN_LOST
        else ""
    )
    if part["plain"]:
        more = session.word("dataset.blocks")
        if part["left"]:
            more = f"{session.word('dataset.lost', n=format(part['left'], ','))} {more}"
    return {
        "name": part["name"],
        "trained": sum(label != -100 for label in part["labels"]) + part["left"],
        "left": part["left"],
        "ids": part["input_ids"],
        "tokens": [[t, k.strip()] for t, k in zip(part["tokens"], kinds, strict=True)],
        "split": part["split"],
        "cut": f"{len(part['tokens']):,}" if part["truncated"] else None,
        "lost": lost[:SHOWN_LOST],
        "more": more,
    }
