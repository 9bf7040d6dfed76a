"""The learning rate of each step; the formulas are those of the engine's own worker (`worker/schedule.ts`)."""

import math

END = 0.01
"""What of the learning rate is left at the end of an exponential schedule."""


def rates(work: dict, rows: int):
    """A function from a step, counted from 0, to its rate; it knows all before the first step."""
    rate = work['learningRate']
    schedule = work.get('schedule', 'constant')
    per_epoch = max(1, math.ceil(rows / work['batch']))
    rising = math.floor(work.get('warmup', 0) * per_epoch + 0.5)
    falling = max(1, work['epochs'] * per_epoch - rising)

    def rate_of(step: int) -> float:
        if step < rising:
            return rate * (step + 1) / rising
        share = min(1.0, (step - rising) / falling)
        if schedule == 'cosine':
            return rate * (1 + math.cos(math.pi * share)) / 2
        if schedule == 'exponential':
            return rate * END**share
        if schedule == 'step':
            return rate * 0.1 ** min(2, math.floor(share * 3))
        return rate

    return rate_of
