"""
Trains a net by the work folder that Edgewright's engine made, and writes what became of it into the same folder.

    python train.py FOLDER [--gpus all|COUNT|device=IDS] [--mixed-precision]

FOLDER holds `work.json` (the net as data, and how it is to be taught), `train|eval.features.f32` and `.labels.f32` (raw
32-bit floats, little endian, row after row), and `checkpoint.bin` where training is to go on. At the end it holds
`weights.bin` (all weights in the order of the net's layers) and `SHA256SUMS`. What happens is said on standard output, a
line of JSON each: `ready`, `step`, `epoch`, and as the last word `done` or `failed`.

With several GPUs the rows of each batch are shared out among them; with TF_CONFIG in the environment, among the workers
that it names, of which the first one speaks and writes.
"""

import argparse
import json
import os
import signal
import sys

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')

from trainer.messages import Trouble, failure_of, tell  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description='Trains a net by a work folder.')
    parser.add_argument('folder')
    parser.add_argument('--gpus', help='end at once unless there are so many: all, a number, or device= with ids')
    parser.add_argument('--mixed-precision', action='store_true', help='16-bit arithmetic where the GPU is fast with it')
    asked = parser.parse_args()
    # The first process of a container is deaf to this signal unless it listens; the last checkpoint is on disk.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(143))
    try:
        work = read_work(asked.folder)
        try:
            import tensorflow  # noqa: F401
        except ImportError as error:
            raise Trouble(
                'not-found',
                f'This Python ({sys.executable}) cannot load TensorFlow: {error}.',
                'Install it there with "pip install tensorflow", or take an image that has it.',
            ) from error
        from trainer.teaching import train

        train(asked.folder, work, asked.gpus, asked.mixed_precision)
        return 0
    except Exception as error:  # noqa: BLE001 - whatever it was, the reason has to reach the engine
        tell({'kind': 'failed', 'failure': failure_of(error)})
        return 1


def read_work(folder: str) -> dict:
    path = os.path.join(folder, 'work.json')
    try:
        with open(path, encoding='utf8') as file:
            work = json.load(file)
    except (OSError, ValueError) as error:
        raise Trouble('unreadable-file', f'{path} cannot be read: {error}.', 'Start the training again.') from error
    if not isinstance(work, dict) or work.get('kind') != 'train' or not isinstance(work.get('net'), dict):
        raise Trouble(
            'unsupported', f'{path} asks for no net that can be trained here.', 'Choose a trainer that makes its net as data.'
        )
    return work


if __name__ == '__main__':
    # The interpreter waits for threads of TensorFlow that another worker may never answer.
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
