"""All that training needs to go on as if it had never stopped: the same file that the engine's own workers write."""

import json
import os
import struct

import numpy as np

GROUPS = ('weights', 'moments', 'bestWeights')


def write_checkpoint(path: str, state: dict) -> None:
    """Length of the header (32 bits, little endian), header as JSON, then the values. Whole or not at all."""
    rest = {key: value for key, value in state.items() if key not in GROUPS}
    rest['sizes'] = {group: [int(values.size) for values in state[group]] for group in GROUPS}
    header = json.dumps(rest, separators=(',', ':')).encode()

    def write(file):
        file.write(struct.pack('<I', len(header)) + header)
        for group in GROUPS:
            for values in state[group]:
                file.write(np.ascontiguousarray(values, '<f4').tobytes())

    write_whole(path, write)


def read_checkpoint(path: str) -> dict | None:
    """None where there is none. Values come flat."""
    if not os.path.exists(path):
        return None
    with open(path, 'rb') as file:
        (length,) = struct.unpack('<I', file.read(4))
        state = json.loads(file.read(length))
        sizes = state.pop('sizes')
        for group in GROUPS:
            state[group] = [np.frombuffer(file.read(size * 4), '<f4') for size in sizes[group]]
    return state


def write_whole(path: str, write) -> None:
    """Written beside its place, synced, and renamed into it."""
    beside = f'{path}.part'
    with open(beside, 'wb') as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
