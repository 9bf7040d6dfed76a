"""Rows of raw 32-bit floats in files that are mapped into memory: no more is read than is looked at."""

import os

import numpy as np

from .messages import Trouble


class Rows:
    """Features `[rows, width]` and labels `[rows]` of one split."""

    def __init__(self, folder: str, split: str, rows: int, width: int):
        self.rows = rows
        self.features = _mapped(os.path.join(folder, f'{split}.features.f32'), rows, width)
        self.labels = _mapped(os.path.join(folder, f'{split}.labels.f32'), rows, 1)

    def take(self, which: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """
        Features `[size, width]`, labels `[size]` and which of them are there `[size]` (1, or 0 behind the end): batches of
        one size, so that one graph does for all and each worker has a part of the last one, too.
        """
        features = np.zeros((size, self.features.shape[1]), np.float32)
        labels = np.zeros(size, np.float32)
        there = np.zeros(size, np.float32)
        count = len(which)
        if count:
            np.take(self.features, which, 0, features[:count])
            np.take(self.labels[:, 0], which, 0, labels[:count])
            there[:count] = 1
        return features, labels, there


def _mapped(path: str, rows: int, width: int) -> np.ndarray:
    if rows == 0 or width == 0:
        return np.zeros((rows, width), np.float32)
    try:
        size = os.path.getsize(path)
        if size < rows * width * 4:
            raise Trouble(
                'training-failed',
                f'The data file {path} ends too early: {size} bytes where {rows * width * 4} are needed.',
                'Start the training again.',
            )
        return np.memmap(path, '<f4', 'r', shape=(rows, width))
    except FileNotFoundError as error:
        raise Trouble('not-found', f'The data file {path} is not there.', 'Start the training again.') from error


def order_of(rows: int, seed: int, epoch: int) -> np.ndarray:
    """The order of the rows in an epoch: by seed and number of the epoch only, the same for all workers."""
    return np.random.Generator(np.random.PCG64([seed, 1, epoch])).permutation(rows)


def part_of(rows: np.ndarray, worker: int, workers: int) -> np.ndarray:
    """The rows of a batch that one of the workers takes."""
    size = -(-len(rows) // workers)
    return rows[worker * size : (worker + 1) * size]
