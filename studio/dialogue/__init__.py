"""Role dialogue: text → utterances with speakers → pairs to train on. Light to import."""

from studio.dialogue.candidates import find_characters
from studio.dialogue.cast import format_characters, parse_characters
from studio.dialogue.find import find_utterances
from studio.dialogue.pairs import build_pairs, pair_report
from studio.dialogue.records import Character, Found, Utterance

__all__ = [
    "Character", "Found", "Utterance", "build_pairs", "find_characters", "find_utterances", "format_characters",
    "pair_report", "parse_characters",
]
