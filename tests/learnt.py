"""What a rendered row teaches, as text."""

from studio.datasets.token_view.render import IGNORED, Rendered


def learnt(tokenizer, made: Rendered) -> list[str]:
    """The learnt stretches as text; a learnt label is the token in its place."""
    runs, last = [], None
    for place, label in enumerate(made.labels):
        if label == IGNORED:
            continue
        assert label == made.input_ids[place]
        runs[-1].append(label) if runs and last == place - 1 else runs.append([label])
        last = place
    return [tokenizer.decode(run) for run in runs]
