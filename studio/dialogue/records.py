"""What the room works with: a character, an utterance in the text, a name that was found."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Character:
    """A person as the user names them: one canonical name, other names, gender "m", "f" or None.

    colour: the number of the hue, 0 to 7, in which the window shows the person; None lets it
    choose.
    """

    name: str
    aliases: list[str] = field(default_factory=list)
    gender: str | None = None
    colour: int | None = None

    @property
    def names(self) -> list[str]:
        """The canonical name first, then the aliases, each once and not empty."""
        return list(dict.fromkeys(n.strip() for n in (self.name, *self.aliases) if n and n.strip()))


@dataclass(frozen=True, slots=True)
class Utterance:
    """One piece of speech, without its quote marks: `text == source[start:end]`, always.

    start, end: offsets in characters. speaker, addressee: canonical names or None when unknown.
    confidence: 0 to 1, how far the rule that named the speaker can be trusted. method: that rule.
    scene: number of the scene, from 0; a scene heading, a chapter or a separator begins a new one.
    paragraph: number of the paragraph or script line it stands in.
    evidence: what spoke most for the speaker: (short name, weight in nats), strongest first, at
    most four.
    others: the next best speakers with their probabilities, best first.
    kind: "speech" that others hear, a "thought", words "quoted" in a sentence of narration, or
    "read" from a page.
    speech: number of the speech it is part of: pieces parted by `he said` or a stage direction
    share it; -1 is unknown.
    """

    start: int
    end: int
    text: str
    speaker: str | None
    addressee: str | None
    confidence: float
    method: str
    scene: int = 0
    paragraph: int = 0
    evidence: tuple[tuple[str, float], ...] = ()
    others: tuple[tuple[str, float], ...] = ()
    kind: str = "speech"
    speech: int = -1


@dataclass(frozen=True, slots=True)
class Proposal:
    """A name that may mean the same person as another, and what speaks for it; for somebody to
    decide.

    why: "said" (the text says it, in `passage`), "title" (`passage` is a title on the last
    character of the other name), "answers" (where one name is called the other answers, `times` of
    `of` times), "short" (the one character by which the text calls that person alone).
    """

    name: str
    why: str
    passage: str = ""
    times: int = 0
    of: int = 0


@dataclass(frozen=True)
class Found:
    """A name that speaks in the text: how many lines were seen to be its own, a gender hint, other
    names.

    proposed: names that may mean the same person, which are joined nowhere.
    """

    name: str
    count: int
    gender: str | None = None
    aliases: tuple[str, ...] = ()
    proposed: tuple[Proposal, ...] = ()

    @property
    def perhaps(self) -> tuple[str, ...]:
        """The names proposed."""
        return tuple(one.name for one in self.proposed)


@dataclass(frozen=True, slots=True)
class Clue:
    """What the narration beside a quote says of its speaker.

    name: a canonical name, when the narration gives one. pronoun: "m", "f", "x" (either) or "p"
    (plural).
    at: offset of the word that names the speaker, from which a pronoun looks back.
    """

    method: str
    confidence: float
    name: str | None = None
    pronoun: str | None = None
    at: int = 0
    addressee: str | None = None
