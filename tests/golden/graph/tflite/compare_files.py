"""Compares .tflite files by TensorFlow's own reader of the format: compare_files.py A B [A B ...]

Prints one JSON list: for each pair what differs, as [path, in A, in B]. Buffers and operator codes are compared by what
they hold and not by their number; the runtime's version is left out, since the writer corrects it.
"""
import json
import sys

import numpy as np
from tensorflow.lite.python import schema_py_generated as schema


def plain(thing, model):
    if isinstance(thing, np.ndarray):
        return thing.tolist()
    if isinstance(thing, bytes):
        return thing.decode('latin-1')
    if isinstance(thing, list):
        return [plain(item, model) for item in thing]
    if not hasattr(thing, '__dict__'):
        return thing
    fields = {name: plain(value, model) for name, value in vars(thing).items()}
    if 'buffer' in fields:
        data = model.buffers[thing.buffer].data if thing.buffer else None
        fields['buffer'] = None if data is None or len(data) == 0 else bytes(bytearray(data)).hex()
    if 'opcodeIndex' in fields:
        fields['opcodeIndex'] = plain(model.operatorCodes[thing.opcodeIndex], model)
    # An absent list and an empty one, and a table in which nothing is said, mean the same.
    fields = {name: value for name, value in fields.items() if value not in (None, [], {}, 0, False)}
    for options in ('builtinOptions', 'builtinOptions2'):
        if options not in fields:
            fields.pop(f'{options}Type', None)
    return fields or None


def tree(path):
    with open(path, 'rb') as file:
        model = schema.ModelT.InitFromPackedBuf(bytearray(file.read()), 0)
    fields = plain(model, model)
    fields.pop('buffers', None)
    fields.pop('operatorCodes', None)
    fields['metadata'] = [entry for entry in fields.get('metadata', []) if entry['name'] != 'min_runtime_version']
    return fields


def differences(a, b, path=''):
    if isinstance(a, dict) and isinstance(b, dict):
        return [found for name in sorted({*a, *b}) for found in differences(a.get(name), b.get(name), f'{path}/{name}')]
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return [found for i, pair in enumerate(zip(a, b)) for found in differences(*pair, f'{path}/{i}')]
    return [] if a == b else [[path, str(a)[:200], str(b)[:200]]]


files = sys.argv[1:]
print(json.dumps([differences(tree(a), tree(b)) for a, b in zip(files[::2], files[1::2])]))
