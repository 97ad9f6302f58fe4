"""Find characters: who speaks in the chosen documents, put into the table of people."""

from typing import Any

from studio import documents
from studio.dialogue import Proposal, find_characters, parse_characters
from studio.dialogue.characters.merge import with_found
from studio.errors import InputError
from tabs.dialogue.characters import CastBox, field_text, written
from tabs.kit import notices
from tabs.kit.forms import Form
from tabs.kit.session import Session, Values


def find(
    box: CastBox,
    form: Form[Any],
    session: Session,
    values: Values,
    notice: Any,
    set_id: str | None = None,
) -> Values:
    """Put the speakers found in the chosen documents into the table; what stands there already
    stays.
    """
    refs = values.get(form.fields["documents"]) or []
    if not refs:
        raise InputError(
            "No document is chosen.",
            "Add a document or choose one from the list, then press Find characters.",
        )
    text = "\n".join(
        documents.text(session.workspace, documents.get(session.workspace, ref)) for ref in refs
    )
    found = find_characters(text)
    if not found:
        raise InputError(
            "No speaker was found in this text.", "Type the names yourself, one person a line."
        )
    people, rare = with_found(
        parse_characters(field_text(values.get(form.fields["characters"]))), found
    )
    more = {
        "found": {one.name: one.count for one in found},
        "rare": [[r.name, r.count, r.gender, list(r.aliases)] for r in rare],
        "proposed": [
            [one.name, other.name, _why(session, other)] for one in found for other in one.proposed
        ],
    }
    words = session.word(
        "cast.found_more" if rare else "cast.found", n=len(found) - len(rare), more=len(rare)
    )
    if more["proposed"]:
        words += " " + session.word("cast.perhaps", n=len(more["proposed"]))
    return {notice: notices.text(session, words, good=True)} | written(
        box, form, session, values, people, set_id, **more
    )


def _why(session: Session, proposal: Proposal) -> str:
    """What speaks for one person, in words."""
    return session.word(
        f"cast.why.{proposal.why}",
        passage=proposal.passage,
        times=proposal.times,
        of=proposal.of,
        name=proposal.name,
    )
