"""Trains by a work folder, from its checkpoint where there is one."""

import hashlib
import math
import os
import time

import numpy as np

from .checkpoint import read_checkpoint, write_checkpoint, write_whole
from .devices import Devices
from .learner import Learner
from .messages import Trouble
from .rates import rates
from .rows import Rows, order_of

COMPUTED_ROWS = 1024
"""Rows that are only computed go in larger batches than those that are learned from."""

SIGN_EVERY = 0.2
"""Seconds between two signs of life."""


def train(folder: str, work: dict, gpus: str | None, mixed_precision: bool) -> None:
    """
    The same folder gives the same weights, whether it was stopped in between or not: order and dropout come from the seed
    and the number of the step, and a checkpoint holds the whole state.
    """
    devices = Devices(gpus, mixed_precision)
    learner = Learner(work, devices)
    taught, judged = (Rows(folder, split, work['rows'][split], work['inputs']) for split in ('train', 'eval'))
    place = os.path.join(folder, 'checkpoint.bin')

    before = read_checkpoint(place)
    epochs = before['epochs'] if before else []
    best = before['best'] if before else 0
    best_loss = before['bestLoss'] if before else math.inf
    best_weights = before['bestWeights'] if before else learner.weights()
    if before:
        learner.restore(before['steps'], before['weights'], before['moments'])
    devices.tell(
        {
            'kind': 'ready',
            'backend': devices.says,
            'parameters': learner.parameters,
            'epochs': epochs,
            'best': best or None,
        }
    )

    def is_over() -> bool:
        return work['patience'] > 0 and judged.rows > 0 and len(epochs) - best >= work['patience']

    rate_of = rates(work, taught.rows)
    while len(epochs) < work['epochs'] and not is_over():
        if len(epochs) >= work.get('until', work['epochs']):
            raise _paused(work['until'])
        epoch = len(epochs) + 1
        begun = time.perf_counter()
        loss, accuracy = _teach(learner, work, taught, rate_of, epoch)
        eval_loss, eval_accuracy = _judge(learner, work, judged)
        if loss is None or not math.isfinite(loss) or not math.isfinite(eval_loss or 0):
            raise _diverged(work, epoch)
        seconds = time.perf_counter() - begun
        figures = {
            'epoch': epoch,
            'loss': loss,
            'accuracy': accuracy,
            'evalLoss': eval_loss,
            'evalAccuracy': eval_accuracy,
            'seconds': seconds,
        }
        epochs.append(figures)
        # Without rows to judge by, the last epoch is the one that is kept.
        if eval_loss is None or eval_loss < best_loss:
            best, best_weights = epoch, learner.weights()
            best_loss = best_loss if eval_loss is None else eval_loss
        if devices.chief:
            write_checkpoint(
                place,
                {
                    'epochs': epochs,
                    'best': best,
                    'bestLoss': min(best_loss, 1.7976931348623157e308),
                    'steps': learner.steps,
                    'weights': learner.weights(),
                    'moments': learner.moments(),
                    'bestWeights': best_weights,
                },
            )
        devices.tell({'kind': 'epoch', 'figures': figures, 'best': best})

    if devices.chief:
        _save(folder, best_weights)
    devices.tell({'kind': 'done', 'best': best, 'stoppedEarly': len(epochs) < work['epochs']})


def _teach(learner: Learner, work: dict, rows: Rows, rate_of, epoch: int):
    order = order_of(rows.rows, work['seed'], epoch)
    said = time.perf_counter()
    for at in range(0, rows.rows, work['batch']):
        which = order[at : at + work['batch']]
        learner.teach(rows, which, rate_of(learner.steps))
        if time.perf_counter() - said > SIGN_EVERY:
            said = time.perf_counter()
            share = (at + len(which)) / rows.rows
            learner.devices.tell({'kind': 'step', 'epoch': epoch, 'share': share})
    return _means(learner, work)


def _judge(learner: Learner, work: dict, rows: Rows):
    for at in range(0, rows.rows, COMPUTED_ROWS):
        learner.judge(rows, np.arange(at, min(rows.rows, at + COMPUTED_ROWS)), COMPUTED_ROWS)
    return _means(learner, work)


def _means(learner: Learner, work: dict):
    loss, correct, rows = learner.sum_up()
    if rows == 0:
        return None, None
    return loss / rows, None if work['task'] == 'regression' else correct / rows


def _paused(epoch: int) -> Trouble:
    return Trouble('interrupted', f'It stopped after epoch {epoch}, as it was to.', 'Continue the run to go on.')


def _diverged(work: dict, epoch: int) -> Trouble:
    rate = work['learningRate']
    return Trouble(
        'training-failed',
        f'The loss is no longer a number in epoch {epoch}: the steps were too large.',
        f'Lower the learning rate (it is {rate:g}), for instance to {rate / 10:.2g}.',
    )


def _save(folder: str, weights: list) -> None:
    content = b''.join(np.ascontiguousarray(values, '<f4').tobytes() for values in weights)
    write_whole(os.path.join(folder, 'weights.bin'), lambda file: file.write(content))
    sums = f'{hashlib.sha256(content).hexdigest()}  weights.bin\n'
    write_whole(os.path.join(folder, 'SHA256SUMS'), lambda file: file.write(sums.encode()))
