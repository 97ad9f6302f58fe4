"""The story that comes with the studio, in the language of the window."""

from studio import documents
from studio.dialogue.characters.text_form import format_characters, people_of
from tabs.kit.session import Session


def file_of(language: str) -> str:
    """The story's file name."""
    return f"story.{language}.md"


def cast(session: Session) -> dict[str, str]:
    """Its people and its main role, as fields of a dialogue's form."""
    about = documents.sample_facts(file_of(session.language))
    return {
        "characters": format_characters(people_of(about.get("characters") or [])),
        "target": str(about.get("target") or ""),
    }
