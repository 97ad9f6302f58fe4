"""Role dialogue: text → utterances with speakers → pairs to train on. Light to import."""

from studio.dialogue.candidates import find_characters
from studio.dialogue.cast_text import format_characters, parse_characters
from studio.dialogue.find import find_utterances
from studio.dialogue.layout import Layout, detect
from studio.dialogue.pairs import PairRules, build_pairs, pair_report
from studio.dialogue.records import Character, Found, Utterance
from studio.dialogue.talks import build_conversations, pairs_of_roles

__all__ = [
    "Character",
    "Found",
    "Layout",
    "PairRules",
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
