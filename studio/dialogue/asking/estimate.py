"""What a run will take, before it is started: lines, requests, tokens and cost.

Light: the window calls it.
"""

from dataclasses import dataclass

from studio.dialogue.asking.batches import Window
from studio.dialogue.asking.plan import doubtful
from studio.dialogue.asking.requests import Requests
from studio.dialogue.asking.spec import AttributeJob
from studio.dialogue.review.queries import utterance_set
from studio.store import dumps
from studio.workspace import Workspace

SAMPLE = 24  # requests whose tokens are counted
HINT = 24  # tokens that the request for JSON adds
FRAME = 12  # tokens of the chat template around each request


@dataclass(frozen=True)
class Estimate:
    """Doubtful lines, requests, and tokens by the studio's estimate; cost in the currency of the
    prices, None without them.
    """

    lines: int
    requests: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None


def estimate(spec: AttributeJob, workspace: Workspace) -> Estimate:
    """What the job would take now.

    Chinese counts one token a character, so that its figures are upper ones.

    Raises InputError as the job does. Half a second for a set of thousands of lines.
    """
    from studio.chunking.tokens.counting import count_tokens

    found = utterance_set(workspace, spec.utterances)
    lines = doubtful(workspace.store, found.id, spec.ask_under)
    if not lines:
        return Estimate(0, 0, 0, 0, spec.price(0, 0))
    requests = Requests(spec, workspace, found, lines)
    windows = requests.windows()
    prompt = completion = 0
    sample = _evenly(windows)
    for window in sample:
        if (request := requests.request(window)) is None:
            continue
        prompt_text = "\n".join(message["content"] for message in request.messages)
        likely = dumps(
            {str(number): requests.lines[number].speaker or "?" for number in request.asked}
        )
        ids = len(dumps([str(number) for number in request.asked]))
        prompt += count_tokens(prompt_text).count(0, len(prompt_text)) + HINT + ids + FRAME
        completion += count_tokens(likely).count(0, len(likely))
    scale = len(windows) / len(sample)
    tokens = round(prompt * scale), round(completion * scale)
    return Estimate(len(lines), len(windows), *tokens, spec.price(*tokens))


def _evenly(windows: list[Window]) -> list[Window]:
    step = max(1.0, len(windows) / SAMPLE)
    return [windows[int(number * step)] for number in range(min(SAMPLE, len(windows)))]
