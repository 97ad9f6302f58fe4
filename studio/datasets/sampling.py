"""`num_samples` of an entry: which rows a training takes of a dataset, fewer than it has or, drawn
again, more.
"""


def sampled(count: int, num_samples: int, seed: int) -> list[int]:
    """Numbers of rows, from 0, as LLaMA-Factory's loader draws them: a permutation cut to
    num_samples; beyond the rows that there are, each is taken once and the rest drawn with
    replacement.

    The same seed gives the same rows. An empty dataset gives none.
    """
    import numpy

    if count < 1:
        return []
    random = numpy.random.RandomState(seed % 2**32)
    drawn = random.permutation(count)[:num_samples]
    more = num_samples - len(drawn)
    if more > 0:
        drawn = numpy.concatenate((drawn, random.choice(count, more)))
    return [int(number) for number in drawn]
