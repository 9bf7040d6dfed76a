"""Writes main/engine/optimization/passes/registry/operations.ts: what TensorFlow knows of its own operations.

Made with Python 3.11, tensorflow 2.21.0:
    python make_operations.py ../../../../main/engine/optimization/passes/registry/operations.ts

One line an operation: its name, `!` where it is stateful, the types of its outputs, and the attributes that it has
when none are given, as JSON.
"""
import json
import os
import sys

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'

import tensorflow as tf
from tensorflow.core.framework import op_def_pb2
from tensorflow.python.client import pywrap_tf_session

# Operations of other devices and of TensorFlow's own tests.
LEFT_OUT = ('Xla', '_', 'DefaultAttrs', 'Attr', 'TPU', 'Collective', 'Nccl', 'ConfigureDistributed')


def type_name(code):
    return tf.as_dtype(code).name


def value_of(kind, value):
    if kind == 'string':
        return {'string': value.s.decode()}
    if kind == 'int':
        return {'int': value.i}
    if kind == 'float':
        # The shortest text that reads back as the same 32-bit number.
        return {'float': float(str(tf.constant(value.f, tf.float32).numpy()))}
    if kind == 'bool':
        return {'bool': value.b}
    if kind == 'type':
        return {'type': type_name(value.type)}
    if kind == 'shape':
        shape = value.shape
        return {'shape': None if shape.unknown_rank else [dim.size for dim in shape.dim]}
    if kind == 'tensor':
        array = tf.make_ndarray(value.tensor)
        return {'tensor': [array.dtype.name, list(array.shape), array.ravel().tolist()]}
    if kind == 'list(int)':
        return {'ints': list(value.list.i)}
    if kind == 'list(float)':
        return {'floats': [float(str(tf.constant(f, tf.float32).numpy())) for f in value.list.f]}
    if kind == 'list(type)':
        return {'types': [type_name(code) for code in value.list.type]}
    if len(value.list.s) or len(value.list.shape) or len(value.list.func) or len(value.list.b):
        raise ValueError(kind)
    return {'ints': []}


def output(arg):
    one = arg.type_attr if arg.type_attr else '[' + arg.type_list_attr + ']' if arg.type_list_attr else type_name(arg.type)
    return f'{arg.number_attr}*{one}' if arg.number_attr else one


def main(path):
    ops = op_def_pb2.OpList()
    ops.ParseFromString(pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList()))
    lines = []
    for op in sorted(ops.op, key=lambda op: op.name):
        if op.name.startswith(LEFT_OUT):
            continue
        defaults = {attr.name: value_of(attr.type, attr.default_value) for attr in op.attr if attr.HasField('default_value')}
        mark = '!' if op.is_stateful else ''
        outputs = ','.join(output(arg) for arg in op.output_arg)
        lines.append(f'{op.name}{mark} {outputs or "-"} {json.dumps(defaults, separators=(",", ":"))}')
    with open(path, 'w') as file:
        file.write(f'/** The operations of TensorFlow {tf.__version__}, written by `tests/golden/graph/transforms/make_operations.py`. */\n')
        file.write('export const OPERATIONS = String.raw`')
        file.write('\n'.join(lines))
        file.write('`\n')


if __name__ == '__main__':
    main(sys.argv[1])
