"""Runs of characters, which may be empty: what the patterns of blanks and lines match."""

import re


def run_at(pattern: re.Pattern[str], text: str, place: int) -> re.Match[str]:
    """The run at a place, for a pattern that matches at any (an empty run at least)."""
    found = pattern.match(text, place)
    assert found is not None, f"{pattern.pattern} must match everywhere"
    return found
