"""The roles that pairs are built for, as a person names them."""

import re

from studio.dialogue.characters.validate import key
from studio.dialogue.records import Character

SEPARATORS = re.compile(r"\s*[,，、;；|]\s*")


def targets_of(text: str, people: list[Character]) -> list[str]:
    """The canonical names of one role or of several parted by commas: an alias stands for its
    person.
    """
    owner = {key(name): person.name for person in people for name in person.names}
    wanted = [text.strip()] if key(text) in owner else SEPARATORS.split(text.strip())
    return list(dict.fromkeys(owner.get(key(name), name) for name in wanted if name))
