"""Makes cases.json: small graphs, and what TensorFlow's own transform_graph makes of them.

Made with Python 3.11, tensorflow 2.21.0:
    python make.py

Each case has the graph before and after as base64 of a GraphDef, the transforms, and the inputs and outputs.
"""
import base64
import json
import os

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
os.environ['CUDA_VISIBLE_DEVICES'] = ''

import numpy as np
import tensorflow as tf
from tensorflow.python.util import _pywrap_transform_graph

HERE = os.path.dirname(os.path.abspath(__file__))
tf1 = tf.compat.v1
raw = tf.raw_ops
random = np.random.default_rng(7)
CASES = []


def normal(*shape):
    return random.normal(0, 1, shape).astype('f')


def positive(*shape):
    return random.uniform(0.5, 1.5, shape).astype('f')


def const(value, name, dtype=None):
    return tf1.constant(value, dtype=dtype, name=name)


def image(name='x', shape=(1, 5, 6, 3)):
    return tf1.placeholder(tf.float32, shape, name=name)


def conv(x, weights, name, padding='SAME'):
    return raw.Conv2D(input=x, filter=weights, strides=[1, 1, 1, 1], padding=padding, name=name)


def case(name, transforms, build, inputs='x', outputs='out', change=None):
    with tf.Graph().as_default() as graph:
        build()
    before = graph.as_graph_def()
    if change:
        change(before)
    before.ClearField('versions')
    before.versions.producer = 1286
    log = os.path.join(HERE, 'ranges.txt')
    after = _pywrap_transform_graph.TransformGraphWithStringInputs(
        before.SerializeToString(), inputs.encode(), outputs.encode(), transforms.replace('LOG', log).encode())
    CASES.append({
        'name': name,
        'transforms': transforms,
        'inputs': inputs.split(','),
        'outputs': outputs.split(','),
        'before': base64.b64encode(before.SerializeToString(deterministic=True)).decode(),
        'after': base64.b64encode(after).decode(),
    })
    print(name, len(before.node), '->', len(tf1.GraphDef.FromString(after).node))


def small():
    x = image()
    y = tf1.identity(conv(tf1.identity(x, name='i1'), const(normal(2, 2, 3, 4), 'w'), 'c'), name='i2')
    with tf1.control_dependencies([y]):
        z = raw.Relu(features=y, name='r')
    raw.Add(x=z, y=const(normal(4), 'b'), name='out')
    raw.Neg(x=x, name='unused')


def devices(graph):
    graph.node[1].device = '/device:GPU:0'


def twins():
    x = image()
    a = raw.Add(x=x, y=const(normal(3) * 0 + 2, 'k1'), name='a')
    b = raw.Add(x=x, y=const(np.full(3, 2, 'f'), 'k2'), name='b')
    raw.Mul(x=raw.Relu(features=a, name='ra'), y=raw.Relu(features=b, name='rb'), name='out')


def factor(kind):
    def build():
        if kind == 'MatMul':
            x = tf1.placeholder(tf.float32, [2, 5], name='x')
            y = raw.MatMul(a=x, b=const(normal(5, 4), 'w'), name='c')
            size = 4
        elif kind == 'Conv2D':
            y, size = conv(image(), const(normal(2, 3, 3, 4), 'w'), 'c'), 4
        else:
            y = raw.DepthwiseConv2dNative(input=image(), filter=const(normal(2, 2, 3, 2), 'w'), strides=[1, 1, 1, 1], padding='SAME', name='c')
            size = 6
        y = raw.Mul(x=y, y=const(normal(size), 's'), name='m')
        raw.Add(x=y, y=const(normal(size), 'b'), name='out')
    return build


def fused(y, size, name):
    raw.Relu(features=raw.FusedBatchNorm(
        x=y, scale=const(positive(size), 'gamma'), offset=const(normal(size), 'beta'), mean=const(normal(size), 'mean'),
        variance=const(positive(size), 'variance'), epsilon=0.001, is_training=False, name='bn').y, name=name)


def fused_norm():
    fused(conv(image(), const(normal(2, 2, 3, 4), 'w'), 'c'), 4, 'out')


def as_global(scaled):
    """TensorFlow builds no BatchNormWithGlobalNormalization any more, but still folds it."""
    def change(graph):
        node = next(node for node in graph.node if node.op == 'FusedBatchNorm')
        x, gamma, beta, mean, variance = node.input
        epsilon = node.attr['epsilon'].f
        node.op = 'BatchNormWithGlobalNormalization'
        node.ClearField('input')
        node.input.extend([x, mean, variance, beta, gamma])
        node.ClearField('attr')
        node.attr['T'].type = tf.float32.as_datatype_enum
        node.attr['variance_epsilon'].f = epsilon
        node.attr['scale_after_normalization'].b = scaled
    return change


def space_norm():
    x = image(shape=(4, 4, 4, 3))
    y = conv(x, const(normal(2, 2, 3, 4), 'w'), 'c')
    y = raw.BatchToSpaceND(input=y, block_shape=const([2, 2], 'block'), crops=const([[0, 0], [0, 0]], 'crops'), name='space')
    fused(y, 4, 'out')


def concat_norm(axis):
    def build():
        a = conv(image('x'), const(normal(2, 2, 3, 4), 'w0'), 'c0')
        b = conv(image('y'), const(normal(2, 2, 3, 4), 'w1'), 'c1')
        fused(raw.ConcatV2(values=[a, b], axis=const(axis, 'axis'), name='cat'), 8 if axis == 3 else 4, 'out')
    return build


def weights():
    x = tf1.placeholder(tf.float32, [2, 8], name='x')
    y = raw.MatMul(a=x, b=const(normal(8, 40) * 3 - 0.5, 'w'), name='m1')
    y = raw.MatMul(a=y, b=const(positive(40, 6), 'positive'), name='m2')
    raw.Add(x=y, y=const(normal(6), 'small'), name='out')


def grid():
    x = tf1.placeholder(tf.float32, [2, 8], name='x')
    # The largest value stands in the middle of a level, so that TensorFlow has no level too many.
    values = normal(8, 40)
    raw.MatMul(a=x, b=const(values, 'w'), name='out')


def atrous():
    x = image(shape=(1, 8, 8, 3))
    block, zero = const([2, 2], 'block'), const([[0, 0], [0, 0]], 'crops')
    y = raw.SpaceToBatchND(input=x, block_shape=block, paddings=const([[2, 2], [2, 2]], 'pads'), name='batch')
    y = conv(y, const(normal(3, 3, 3, 4), 'w'), 'c', 'VALID')
    y = raw.BatchToSpaceND(input=y, block_shape=const([2, 2], 'block2'), crops=zero, name='space')
    raw.Relu(features=y, name='out')


def padded(resize, pad):
    def build():
        y = image()
        if resize:
            y = raw.ResizeBilinear(images=y, size=const([9, 9], 'size'), name='resize')
        if pad:
            y = raw.MirrorPad(input=y, paddings=const([[0, 0], [1, 1], [1, 1], [0, 0]], 'pads'), mode='SYMMETRIC', name='pad')
        raw.Relu(features=conv(y, const(normal(2, 2, 3, 4), 'w'), 'c', 'VALID'), name='out')
    return build


def lookup():
    ids = tf1.placeholder(tf.int64, [4], name='x')
    column = np.zeros((6, 1), 'f')
    column[1], column[4] = 2.5, -1
    weights = tf1.identity(const(column, 'w'), name='read')
    raw.Identity(input=raw.Gather(params=weights, indices=ids, name='gather'), name='out')


def joined():
    raw.Relu(features=raw.ConcatV2(values=[image('x'), image('y')], axis=const(3, 'axis'), name='cat'), name='out')


def array():
    handle, flow = raw.TensorArrayV3(size=const(3, 'size'), dtype=tf.float32, name='array')
    x = tf1.placeholder(tf.float32, [3], name='x')
    flow = raw.TensorArrayWriteV3(handle=handle, index=const(0, 'index'), value=x, flow_in=flow, name='write')
    y = raw.TensorArrayReadV3(handle=handle, index=const(0, 'index2'), flow_in=flow, dtype=tf.float32, name='read')
    raw.Relu(features=y, name='out')


def ranges():
    x = tf1.placeholder(tf.qint32, [4], name='x')
    low, high = const(-10.0, 'low'), const(10.0, 'high')
    a, b = raw.RequantizationRange(input=x, input_min=low, input_max=high, name='range')
    y = raw.Requantize(input=x, input_min=low, input_max=high, requested_output_min=a, requested_output_max=b, out_type=tf.quint8, name='narrow')
    raw.Dequantize(input=y.output, min_range=y.output_min, max_range=y.output_max, name='out')


def without(*names):
    def change(graph):
        for node in graph.node:
            for name in names:
                node.attr.pop(name, None)
    return change


def pooled():
    y = conv(image(), const(normal(2, 2, 3, 4), 'w'), 'c')
    y = raw.MaxPool(input=y, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding='SAME', name='pool')
    raw.Relu6(features=y, name='out')


def called():
    @tf.function
    def twice(x, y):
        a, b = tf.split(x, 2, axis=0)
        return raw.Relu(features=b), raw.Add(x=a, y=y)
    x = tf1.placeholder(tf.float32, [4], name='x')
    body = twice.get_concrete_function(tf.TensorSpec([4]), tf.TensorSpec([2]))
    body.add_to_graph()
    a, b = raw.PartitionedCall(args=[x, const(positive(2), 'k')], Tout=[tf.float32, tf.float32], f=body, name='call')
    raw.Mul(x=b, y=a, name='out')


with open(os.path.join(HERE, 'ranges.txt'), 'w') as file:
    file.write('something else\n')
    for i in range(40):
        file.write(f';range__print__;__requant_min_max:[{-1 - (i * 7) % 40}][{2.5 + (i * 11) % 40}]\n')

case('strip', 'strip_unused_nodes', small)
case('strip before an inner input', 'strip_unused_nodes(type=float, shape="1,5,6,3")', small, inputs='i1')
case('strip with a type for one', 'strip_unused_nodes(name=c, type_for_name=half, shape_for_name="1,2", name=b, type_for_name=int32, shape_for_name="4")', small, inputs='c,b')
case('remove identities', 'remove_nodes(op=Identity)', small)
case('remove two operations', 'remove_nodes(op=Identity, op=Relu)', small)
case('keep an identity that is an input', 'remove_nodes(op=Identity)', small, inputs='i1')
case('no waiting', 'remove_control_dependencies', small)
case('execution order', 'sort_by_execution_order', small)
case('duplicates', 'merge_duplicate_nodes', twins)
case('rename an operation', 'rename_op(old_op_name=Relu, new_op_name=MyRelu)', small)
case('rename an attribute', 'rename_attribute(old_attribute_name=T, new_attribute_name=kind, op_name=Relu)', small)
case('rename a node', 'rename_node(old_node_name=c, new_node_name=deep/conv)', small)
case('remove an attribute', 'remove_attribute(attribute_name=data_format)', small)
case('set a device', 'set_device(device="/device:CPU:0", if_default=true)', small, change=devices)
case('remove devices', 'remove_device', small, change=devices)
case('short names', 'obfuscate_names', small)
case('default attributes', 'add_default_attributes', pooled, change=without('data_format', 'dilations', 'explicit_paddings', 'use_cudnn_on_gpu'))
case('older concatenation', 'backport_concatv2', joined, inputs='x,y')
case('older arrays', 'backport_tensor_array_v3', array)
case('logging', 'insert_logging(op=Conv2D, op=Relu, show_name=true, show_op=true, message="M:", first_n=3)', small)
case('quantize weights', 'quantize_weights(minimum_size=16)', weights)
case('quantize no small weights', 'quantize_weights', weights)
case('round weights', 'round_weights(num_steps=16)', grid)
case('a factor behind a convolution', 'fold_batch_norms', factor('Conv2D'))
case('a factor behind a depthwise convolution', 'fold_batch_norms', factor('DepthwiseConv2dNative'))
case('a factor behind a product', 'fold_batch_norms', factor('MatMul'))
case('fused normalization', 'fold_old_batch_norms', fused_norm)
case('global normalization', 'fold_old_batch_norms', fused_norm, change=as_global(True))
case('global normalization without gamma', 'fold_old_batch_norms', fused_norm, change=as_global(False))
case('normalization behind BatchToSpaceND', 'fold_old_batch_norms', space_norm)
case('normalization behind joined channels', 'fold_old_batch_norms', concat_norm(3), inputs='x,y')
case('normalization behind joined rows', 'fold_old_batch_norms', concat_norm(1), inputs='x,y')
case('dilated convolution', 'flatten_atrous_conv', atrous)
case('padded convolution', 'fuse_pad_and_conv', padded(False, True))
case('resized convolution', 'fuse_resize_and_conv', padded(True, False))
case('resized and padded convolution', 'fuse_resize_pad_and_conv', padded(True, True))
case('sparse lookup', 'sparsify_gather', lookup, outputs='out,group_deps')
case('ranges from a log', 'freeze_requantization_ranges(min_max_log_file="LOG")', ranges)
case('functions', 'inline_partitionedcall', called)
case('8-bit operations', 'quantize_weights(minimum_size=16) quantize_nodes strip_unused_nodes', pooled)
case('8-bit operations with a fixed range', 'quantize_weights(minimum_size=16) quantize_nodes(fallback_min=-9, fallback_max=9) strip_unused_nodes', pooled)
case('8-bit operations with 8-bit inputs', 'quantize_weights(minimum_size=16) quantize_nodes(input_min=-2, input_max=3) strip_unused_nodes', pooled)

with open(os.path.join(HERE, 'cases.json'), 'w') as file:
    json.dump(CASES, file, indent=1)
    file.write('\n')
