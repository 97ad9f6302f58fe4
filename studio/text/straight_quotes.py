"""Straight quotation marks, which open and close with one character: judged by what stands beside
them.
"""

from studio.text.punctuation import CHINESE, CLOSING, DIVIDING, ENDING

DOUBLE = '"＂'
BESIDE_CLOSING = frozenset(CLOSING + ENDING + DIVIDING + "'\"")


class StraightQuotes:
    """Which straight quotation marks close, asked for from left to right."""

    def __init__(self, text: str, paragraph: int) -> None:
        """paragraph: where the paragraph begins in which the first question is asked."""
        self.text = text
        self.counted, self.odd = paragraph, False

    def new_paragraph(self, position: int) -> None:
        """Begin counting anew: a speech that runs on opens again with each paragraph."""
        self.counted, self.odd = position, False

    def closes(self, position: int) -> bool:
        """Whether the character here is a straight quotation mark that closes, standing right
        behind a mark.
        """
        mark = self.text[position]
        following = self.text[position + 1 : position + 2]
        if mark == "'":
            return not following.isalnum() or bool(CHINESE.match(following))
        if mark not in DOUBLE:
            return False
        if not following or following.isspace() or following in BESIDE_CLOSING:
            return True
        return self._odd(position)

    def closes_apart(self, position: int) -> bool:
        """Whether a straight mark here, with white space on both sides, closes (`He said so .

        " Then`).
        """
        following = self.text[position + 1 : position + 2]
        return self.text[position] in DOUBLE and not following.strip() and self._odd(position)

    def _odd(self, position: int) -> bool:
        """Whether an odd number of marks stands before this one in its paragraph."""
        if position > self.counted:
            self.odd ^= (
                sum(self.text.count(mark, self.counted, position) for mark in DOUBLE) % 2 == 1
            )
            self.counted = position
        return self.odd
