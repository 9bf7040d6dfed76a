"""What computes: one processor, several GPUs, or several workers."""

import json
import os

import keras
import tensorflow as tf

from .messages import Trouble, tell

LOSS_SCALE = 1024.0
"""In 16 bits with a short exponent, small gradients would become 0 without it (Micikevicius et al., 2018)."""


class Devices:
    """
    `strategy`: TensorFlow's, which shares a step out; `worker` of `workers`: this process; `chief`: it speaks and writes;
    `replicas` of this process; `says`: all in a line; `loss_scale`: what the loss is multiplied with, and gradients divided by.
    """

    def __init__(self, gpus: str | None, mixed_precision: bool):
        found = tf.config.list_physical_devices('GPU')
        _demand(gpus, len(found))
        for gpu in found:
            tf.config.experimental.set_memory_growth(gpu, True)
        # The same work gives the same weights.
        tf.config.experimental.enable_op_determinism()
        tf.keras.utils.set_random_seed(1)
        cluster, task = _cluster()
        self.workers = len(cluster)
        self.worker = task
        self.chief = task == 0
        if self.workers > 1:
            self.strategy = tf.distribute.MultiWorkerMirroredStrategy()
        elif len(found) > 1:
            self.strategy = tf.distribute.MirroredStrategy()
        else:
            self.strategy = tf.distribute.get_strategy()
        self.replicas = max(1, self.strategy.num_replicas_in_sync // self.workers)
        self.loss_scale, precision = _precision(found) if mixed_precision else (1.0, '')
        what = _names(found) if found else 'CPU'
        many = f', {self.workers} workers' if self.workers > 1 else ''
        self.says = f'tensorflow: {tf.__version__} in Python, {what}{many}{precision}'

    def tell(self, message: dict) -> None:
        if self.chief:
            tell(message)


def _demand(gpus: str | None, found: int) -> None:
    if not gpus or gpus == '0':
        return
    wanted = 1 if gpus == 'all' else len(gpus[7:].split(',')) if gpus.startswith('device=') else int(gpus)
    if found < wanted:
        raise Trouble(
            'unsupported',
            f'TensorFlow found {found or "no"} GPU{"s" if found > 1 else ""} where {wanted} {"is" if wanted == 1 else "are"} asked for.',
            'Check driver and container toolkit there and that TensorFlow is one with CUDA, or train without --gpus.',
        )


def _cluster() -> tuple[list, int]:
    """The workers and which of them this process is, by TF_CONFIG; alone without it."""
    given = os.environ.get('TF_CONFIG')
    if not given:
        return [''], 0
    try:
        config = json.loads(given)
        workers = list(config['cluster']['worker'])
        task = config['task']
        if task['type'] != 'worker' or not 0 <= int(task['index']) < len(workers):
            raise ValueError('the task is none of the workers')
        return workers, int(task['index'])
    except (ValueError, KeyError, TypeError) as error:
        raise Trouble(
            'bad-input',
            f'TF_CONFIG cannot be understood: {error}.',
            'It has to name the addresses of all workers, and which of them this is.',
        ) from error


def _names(gpus: list) -> str:
    names = [tf.config.experimental.get_device_details(gpu).get('device_name', 'GPU') for gpu in gpus]
    return names[0] if len(names) == 1 else f'{len(names)} x {names[0]}'


def _precision(gpus: list) -> tuple[float, str]:
    """The kind of 16 bits that the slowest of the GPUs is fast with; none without one."""
    able = [tf.config.experimental.get_device_details(gpu).get('compute_capability', (0, 0)) for gpu in gpus]
    least = min(able, default=(0, 0))
    if least >= (8, 0):
        keras.mixed_precision.set_global_policy('mixed_bfloat16')
        return 1.0, ', mixed precision (bfloat16)'
    if least >= (7, 0):
        keras.mixed_precision.set_global_policy('mixed_float16')
        return LOSS_SCALE, ', mixed precision (float16)'
    return 1.0, ', 32 bits: nothing here is faster with 16'
