"""Why an answer made no row, and what to do where no answer made one."""

from collections import Counter

from studio.errors import InputError, JobError, LlmFault, StudioError

EMPTY, REPEATS, DUPLICATE, SAME = (
    "empty",
    "repeats the prompt",
    "duplicate",
    "chosen equals rejected",
)
NO_QUESTION, CUT, LANGUAGE, REFUSAL = "no question", "cut off", "wrong language", "refusal"
LONGEST_EXAMPLE = 120

# The sentence and the advice where most answers came to nothing for that reason.
ADVICE = {
    EMPTY: (
        "None of the {total} answers made a usable row: {count} are empty.",
        "Raise the tokens of an answer, or choose another answer format or model.",
    ),
    NO_QUESTION: (
        (
            "None of the {total} answers made a usable row: {count} hold no question, "
            "for example {example}."
        ),
        "Choose a larger model, or one that is made to follow instructions.",
    ),
    CUT: (
        (
            "None of the {total} answers made a usable row: {count} broke off before their first "
            "sentence ended, for example {example}."
        ),
        "Raise the tokens of an answer.",
    ),
    REPEATS: (
        (
            "None of the {total} answers made a usable row: the model repeats the prompt {count} "
            "times, for example {example}."
        ),
        "Choose a larger model, or one that is made to follow instructions.",
    ),
    SAME: (
        (
            "None of the {total} answers made a usable row: {count} give the original answer "
            "back, for example {example}."
        ),
        "Change the prompt for the rewrite, raise the temperature or choose another model.",
    ),
    LANGUAGE: (
        (
            "None of the {total} answers made a usable row: {count} are in another language, "
            "for example {example}."
        ),
        "Choose a model that writes this language, or set the language of the rows.",
    ),
    REFUSAL: (
        (
            "None of the {total} answers made a usable row: {count} decline to answer, for "
            "example {example}."
        ),
        "Change the prompt, or choose another model.",
    ),
}


def shortened(text: str) -> str:
    """An answer in one line, as an example of it."""
    line = " ".join(text.split())
    return f"{line[: LONGEST_EXAMPLE - 1]}…" if len(line) > LONGEST_EXAMPLE else line


def nothing_made(
    total: int, reasons: Counter[str], examples: dict[str, str], faults: dict[str, LlmFault]
) -> StudioError:
    """What to say where none of `total` units made a row.

    reasons: how many for which reason, those of faults as `fault:<kind>`; examples: an answer for
    each. Where most requests failed, what the last of them failed by is said with its own advice.
    """
    if not reasons:
        return InputError("There was nothing to ask.", "Choose more chunks or rows.")
    reason, count = reasons.most_common(1)[0]
    if reason in faults:
        return faults[reason]
    what, do = ADVICE.get(reason, ADVICE[EMPTY])
    return JobError(
        what, do, may_pass=False, total=total, count=count, example=f"“{examples.get(reason, '')}”"
    )
