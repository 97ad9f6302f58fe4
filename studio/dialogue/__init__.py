"""Role dialogue: text → utterances with speakers → pairs to train on. Light to import."""

from studio.dialogue.characters.text_form import format_characters, parse_characters
from studio.dialogue.find import find_utterances
from studio.dialogue.find_characters import find_characters
from studio.dialogue.layouts.detect import Layout, detect
from studio.dialogue.pairs.build import build_pairs, pair_report
from studio.dialogue.pairs.conversations import build_conversations, pairs_of_roles
from studio.dialogue.records import Character, Found, Proposal, Utterance
from studio.dialogue.spec import PairRules

__all__ = [
    "Character",
    "Found",
    "Layout",
    "PairRules",
    "Proposal",
    "Utterance",
    "build_conversations",
    "build_pairs",
    "detect",
    "find_characters",
    "find_utterances",
    "format_characters",
    "pair_report",
    "pairs_of_roles",
    "parse_characters",
]

# Modules that other rooms and the window may use beside these names.
MODULES = (
    "asking.estimate",
    "asking.spec",
    "characters.cast_files",
    "characters.merge",
    "characters.text_form",
    "characters.validate",
    "find_characters",
    "pairs.example_row",
    "pairs.export",
    "review.decisions",
    "review.queries",
    "spec",
)
