"""The usual sentences of a row, where none is given: the system prompt, and the instruction of a
line that answers nobody.
"""

from studio.dialogue.spec import PairFields
from studio.text.scripts import is_chinese

VOICE = {True: "用{name}的口吻回答问题", False: "Answer in the voice of {name}."}
OPENING = {True: "说点什么。", False: "Say something."}


def worded(spec: PairFields, text: str) -> tuple[str, PairFields]:
    """The system prompt, and the rules with their opening, in the language of the text."""
    chinese = is_chinese(text)
    system = spec.system.strip() or VOICE[chinese]
    return system, spec.model_copy(update={"opening": spec.opening.strip() or OPENING[chinese]})
