"""Graphs and the shapes that TensorFlow itself says of them when it imports them.

    python make.py        (TensorFlow 2.21.0; writes NAME.pb, NAME.json and model.pbtxt beside this script)

`[-1, 3]` is a shape whose first size is open; null is one whose rank is not known.
"""
import json
import os

import numpy as np
import tensorflow as tf
from google.protobuf import text_format

R = tf.raw_ops
HERE = os.path.dirname(os.path.abspath(__file__))


def windows():
    x = tf.compat.v1.placeholder(tf.float32, [None, 14, 15, 6], 'x')
    n = tf.compat.v1.placeholder(tf.float32, [2, 6, 14, 15], 'n')
    a = tf.compat.v1.placeholder(tf.float32, None, 'a')
    v = tf.compat.v1.placeholder(tf.float32, [1, 8, 9, None, 3], 'v')
    w = np.zeros([3, 2, 6, 4], np.float32)
    for pad in ['SAME', 'VALID']:
        for strides in [[1, 1, 1, 1], [1, 2, 3, 1]]:
            R.Conv2D(input=x, filter=w, strides=strides, padding=pad)
            R.DepthwiseConv2dNative(input=x, filter=w, strides=[1, 2, 2, 1], padding=pad)
            R.MaxPool(input=x, ksize=[1, 3, 2, 1], strides=strides, padding=pad)
            R.AvgPool(value=x, ksize=[1, 2, 2, 1], strides=strides, padding=pad)
            R.Dilation2D(input=x, filter=w[:, :, :, 0], strides=strides, rates=[1, 2, 1, 1], padding=pad)
        R.Conv2D(input=x, filter=w, strides=[1, 1, 1, 1], dilations=[1, 3, 2, 1], padding=pad)
        R.Conv2D(input=n, filter=w, strides=[1, 1, 2, 2], padding=pad, data_format='NCHW')
        R.Conv3D(input=v, filter=np.zeros([2, 3, 2, 3, 5], np.float32), strides=[1, 1, 2, 1, 1], padding=pad)
        R.MaxPool3D(input=v, ksize=[1, 2, 2, 2, 1], strides=[1, 2, 2, 2, 1], padding=pad)
        R.Conv2D(input=a, filter=w, strides=[1, 1, 1, 1], padding=pad)
    R.Conv2D(input=x, filter=w, strides=[1, 2, 2, 1], padding='EXPLICIT', explicit_paddings=[0, 0, 1, 2, 0, 3, 0, 0])
    R.MaxPoolWithArgmax(input=x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding='VALID')
    R.MaxPoolV2(input=x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding='SAME')
    back = tf.stack([tf.shape(x)[0], 28, 30, 6])
    R.Conv2DBackpropInput(input_sizes=back, filter=w, out_backprop=tf.zeros([2, 14, 15, 4]), strides=[1, 2, 2, 1], padding='SAME')
    R.Conv3DBackpropInputV2(input_sizes=[1, 4, 4, 4, 3], filter=np.zeros([2, 2, 2, 3, 5], np.float32), out_backprop=tf.zeros([1, 2, 2, 2, 5]), strides=[1, 2, 2, 2, 1], padding='SAME')
    R.ResizeBilinear(images=x, size=[20, 21])
    R.ResizeNearestNeighbor(images=x, size=tf.shape(x)[1:3] * 2)
    R.CropAndResize(image=x, boxes=tf.zeros([5, 4]), box_ind=[0] * 5, crop_size=[7, 8])
    R.SpaceToDepth(input=tf.zeros([2, 4, 6, 3]), block_size=2)
    R.DepthToSpace(input=tf.zeros([2, 4, 6, 12]), block_size=2)
    five = [np.ones(6, np.float32)] * 4
    R.FusedBatchNormV3(x=x, scale=five[0], offset=five[1], mean=five[2], variance=five[3], is_training=False)
    R.FusedBatchNorm(x=x, scale=five[0], offset=five[1], mean=five[2], variance=five[3], is_training=False)
    R.FusedBatchNormV3(x=n, scale=five[0], offset=five[1], mean=five[2], variance=five[3], is_training=False, data_format='NCHW')
    R.LRN(input=x)
    R.BiasAdd(value=x, bias=five[0])


def arithmetic():
    x = tf.compat.v1.placeholder(tf.float32, [None, 5, 1], 'x')
    y = tf.compat.v1.placeholder(tf.float32, [5, None], 'y')
    a = tf.compat.v1.placeholder(tf.float32, None, 'a')
    b = tf.compat.v1.placeholder(tf.bool, [None, 5, 5], 'b')
    m = tf.compat.v1.placeholder(tf.float32, [None, 7, 3, 4], 'm')
    for op in [R.AddV2, R.Sub, R.Mul, R.RealDiv, R.Maximum, R.SquaredDifference, R.Pow, R.FloorMod, R.Less, R.Equal]:
        op(x=x, y=tf.zeros([4]))
        op(x=x, y=y)
    R.AddV2(x=x, y=a)
    R.Add(x=x, y=1.0)
    for op in [R.Relu, R.Relu6, R.Elu, R.Selu, R.Softplus, R.Softsign, R.LeakyRelu]:
        op(features=x)
    for op in [R.Abs, R.Exp, R.Log, R.Rsqrt, R.Sqrt, R.Square, R.Neg, R.Sigmoid, R.Tanh, R.Erf, R.Floor, R.Ceil, R.Round, R.Sign]:
        op(x=x)
    R.Softmax(logits=x)
    R.LogSoftmax(logits=x)
    R.LogicalNot(x=b)
    R.LogicalAnd(x=b, y=[True])
    R.SelectV2(condition=b, t=x, e=tf.zeros([5]))
    R.Select(condition=[True, False], x=tf.zeros([2, 5]), y=tf.zeros([2, 5]))
    R.Select(condition=a > 0, x=x, y=x)
    R.Cast(x=x, DstT=tf.int32)
    R.AddN(inputs=[x, tf.zeros([2, 5, 1]), a])
    R.IdentityN(input=[x, y])
    R.ClipByValue(t=x, clip_value_min=0.0, clip_value_max=1.0)
    R.FakeQuantWithMinMaxVars(inputs=x, min=0.0, max=1.0)
    R.MatMul(a=tf.zeros([6, 5]), b=y)
    R.MatMul(a=y, b=tf.zeros([5, 6]), transpose_a=True)
    R.BatchMatMulV2(x=m, y=tf.zeros([1, 1, 4, 6]))
    R.BatchMatMulV2(x=m, y=tf.zeros([7, 9, 4]), adj_y=True)
    R.BatchMatMulV2(x=a, y=m)
    tf.einsum('bhij,hjk->bik', m, tf.zeros([7, 4, 2]))
    tf.einsum('...ij,jk->...ki', m, tf.zeros([4, 2]))
    for op in [R.Mean, R.Sum, R.Max, R.Min, R.Prod]:
        op(input=m, axis=[1, 2])
        op(input=m, axis=-1, keep_dims=True)
        op(input=m, axis=tf.compat.v1.placeholder(tf.int32, [2]))
        op(input=m, axis=tf.compat.v1.placeholder(tf.int32, [2]), keep_dims=True)
    R.All(input=b, axis=[0])
    R.ArgMax(input=m, dimension=1)
    R.ArgMax(input=m, dimension=-1, output_type=tf.int32)
    R.ArgMin(input=m, dimension=tf.compat.v1.placeholder(tf.int32, []))
    R.TopKV2(input=m, k=2)
    R.TopKV2(input=m, k=tf.compat.v1.placeholder(tf.int32, []))
    R.Cumsum(x=m, axis=1)
    R.Dequantize(input=tf.zeros([2, 3], tf.quint8), min_range=0.0, max_range=1.0, mode='MIN_FIRST')
    R.QuantizeV2(input=x, min_range=0.0, max_range=1.0, T=tf.quint8)
    q = tf.zeros([1, 8, 8, 3], tf.quint8)
    c = R.QuantizedConv2D(input=q, filter=tf.zeros([3, 3, 3, 4], tf.quint8), min_input=0.0, max_input=1.0, min_filter=0.0, max_filter=1.0, strides=[1, 1, 1, 1], padding='SAME')
    r = R.RequantizationRange(input=c[0], input_min=c[1], input_max=c[2])
    R.Requantize(input=c[0], input_min=c[1], input_max=c[2], requested_output_min=r[0], requested_output_max=r[1], out_type=tf.quint8)
    R.QuantizedRelu(features=q, min_features=0.0, max_features=1.0)
    R.QuantizedMatMul(a=tf.zeros([2, 3], tf.quint8), b=tf.zeros([3, 4], tf.quint8), min_a=0., max_a=1., min_b=0., max_b=1.)


def layout():
    x = tf.compat.v1.placeholder(tf.float32, [None, 4, 6, 3], 'x')
    s = tf.compat.v1.placeholder(tf.float32, [2, 4, 6], 's')
    a = tf.compat.v1.placeholder(tf.float32, None, 'a')
    i = tf.compat.v1.placeholder(tf.int32, [None], 'i')
    k = tf.compat.v1.placeholder(tf.int32, [], 'k')
    R.Reshape(tensor=x, shape=[-1, 72])
    R.Reshape(tensor=s, shape=[-1, 12])
    R.Reshape(tensor=s, shape=[3, -1])
    R.Reshape(tensor=a, shape=[3, -1])
    R.Reshape(tensor=s, shape=i)
    R.Reshape(tensor=s, shape=tf.compat.v1.placeholder(tf.int32, [3]))
    shape = tf.shape(x)
    R.Reshape(tensor=x, shape=tf.stack([shape[0], shape[1] * shape[2], 3]))
    R.Reshape(tensor=x, shape=tf.concat([shape[:1], [8, 9]], 0))
    R.Reshape(tensor=x, shape=tf.concat([shape[:-1], [1, -1]], 0))
    R.Reshape(tensor=x, shape=tf.stack([-1, tf.reduce_prod(shape[1:])]))
    R.Reshape(tensor=s, shape=tf.stack([k, 12]))
    R.Reshape(tensor=x, shape=tf.cast(tf.stack([tf.shape(x, out_type=tf.int64)[0], 72]), tf.int32))
    R.Squeeze(input=tf.zeros([1, 3, 1, 2]))
    R.Squeeze(input=tf.zeros([1, 3, 1, 2]), axis=[-2])
    R.Squeeze(input=x)
    R.ExpandDims(input=x, axis=-1)
    R.ExpandDims(input=x, axis=1)
    R.ExpandDims(input=x, axis=k)
    R.Transpose(x=x, perm=[0, 3, 1, 2])
    R.Transpose(x=x, perm=tf.compat.v1.placeholder(tf.int32, [4]))
    R.Pad(input=x, paddings=[[0, 0], [1, 2], [3, 0], [0, 0]])
    R.PadV2(input=x, paddings=tf.compat.v1.placeholder(tf.int32, [4, 2]), constant_values=1.0)
    R.MirrorPad(input=x, paddings=[[0, 0], [1, 2], [3, 0], [0, 0]], mode='REFLECT')
    R.Tile(input=x, multiples=[2, 1, 3, 1])
    R.Tile(input=x, multiples=tf.stack([k, 1, 1, 2]))
    R.BroadcastTo(input=s, shape=[5, 2, 4, 6])
    R.SpaceToBatchND(input=x, block_shape=[2, 3], paddings=[[0, 0], [1, 2]])
    R.BatchToSpaceND(input=tf.zeros([12, 3, 5, 2]), block_shape=[2, 3], crops=[[1, 0], [0, 2]])
    R.SpaceToBatchND(input=s, block_shape=[2], paddings=[[1, 1]])
    R.BatchToSpaceND(input=x, block_shape=[2], crops=[[0, 1]])
    x[0]
    x[:, 1:3, ::2, -1]
    x[..., tf.newaxis, 0]
    x[1:, tf.newaxis, :, 5:1:-2]
    s[:, k]
    s[:, k:]
    s[-1:, ...]
    a[0]
    R.Slice(input=s, begin=[0, 1, 2], size=[1, -1, 3])
    R.Slice(input=x, begin=[0, 1, 2, 0], size=[-1, 2, -1, 1])
    R.Slice(input=s, begin=tf.stack([0, k, 0]), size=[1, -1, 2])
    R.ConcatV2(values=[s, tf.zeros([2, 5, 6])], axis=1)
    R.ConcatV2(values=[x, tf.zeros([2, 4, 6, 3])], axis=-1)
    R.ConcatV2(values=[x, tf.zeros([2, 4, 6, 3])], axis=0)
    R.ConcatV2(values=[x, x], axis=k)
    R.Concat(concat_dim=2, values=[s, s])
    R.Pack(values=[s, tf.zeros([2, 4, 6])], axis=-1)
    R.Unpack(value=s, num=4, axis=1)
    R.Split(axis=2, value=s, num_split=3)
    R.Split(axis=k, value=s, num_split=2)
    R.SplitV(value=s, size_splits=[1, -1, 2], axis=2, num_split=3)
    R.GatherV2(params=s, indices=i, axis=1)
    R.GatherV2(params=s, indices=tf.zeros([2, 3], tf.int32), axis=1, batch_dims=1)
    R.Gather(params=s, indices=[1, 0, 1])
    R.GatherNd(params=s, indices=tf.zeros([5, 2], tf.int32))
    R.ScatterNd(indices=[[1]], updates=tf.zeros([1, 3]), shape=[4, 3])
    R.OneHot(indices=i, depth=7, on_value=1.0, off_value=0.0)
    R.OneHot(indices=tf.zeros([2, 3], tf.int32), depth=7, on_value=1.0, off_value=0.0, axis=1)
    R.Fill(dims=[2, 3], value=1.0)
    R.Fill(dims=tf.stack([shape[0], 3]), value=1.0)
    R.Range(start=0, limit=10, delta=3)
    R.Range(start=0.0, limit=1.0, delta=0.25)
    R.Range(start=0, limit=shape[1], delta=1)
    R.Range(start=0, limit=k, delta=1)
    R.Shape(input=x)
    R.ShapeN(input=[x, s])
    R.Size(input=s)
    R.Rank(input=s)
    R.ReverseV2(tensor=s, axis=[1])
    R.Where(condition=s > 0)
    R.Unique(x=i)
    R.NonMaxSuppressionV3(boxes=tf.zeros([9, 4]), scores=tf.zeros([9]), max_output_size=3, iou_threshold=0.5, score_threshold=0.1)
    R.RandomUniform(shape=tf.stack([shape[0], 3]), dtype=tf.float32)
    R.ZerosLike(x=x)
    h = R.TensorListReserve(element_shape=[4, 6], num_elements=2, element_dtype=tf.float32)
    R.TensorListStack(input_handle=h, element_shape=[4, 6], element_dtype=tf.float32, num_elements=2)
    R.TensorListGetItem(input_handle=h, index=0, element_shape=[4, 6], element_dtype=tf.float32)
    R.Switch(data=s, pred=True)
    R.PlaceholderWithDefault(input=tf.zeros([1, 3]), shape=[None, 3])
    R.EnsureShape(input=a, shape=[None, 2])
    tf.repeat(s, 2, axis=1)
    tf.image.extract_patches(x, [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], 'VALID')


def model():
    """A Keras model frozen by TensorFlow, with what a generated graph has of shape arithmetic."""
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
    tf.keras.utils.set_random_seed(1)
    i = tf.keras.Input([None, 16, 2])
    h = tf.keras.layers.Conv2D(3, 3, padding='same', activation='relu')(i)
    h = tf.keras.layers.BatchNormalization()(h)
    h = tf.keras.layers.UpSampling2D(2, interpolation='bilinear')(h)
    h = tf.keras.layers.Conv2DTranspose(2, 3, strides=2)(h)
    h = tf.keras.layers.GlobalAveragePooling2D()(h)
    h = tf.keras.layers.Reshape([2, 1])(h)
    h = tf.keras.layers.Flatten()(h)
    m = tf.keras.Model(i, tf.keras.layers.Dense(4, activation='softmax')(h))
    f = tf.function(m).get_concrete_function(tf.TensorSpec([None, 8, 16, 2]))
    return convert_variables_to_constants_v2(f, lower_control_flow=False).graph.as_graph_def()


def repeated(lowered):
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
    loop = lambda x: tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * 2.0 + 1.0), [tf.constant(0), x])[1]
    f = tf.function(loop).get_concrete_function(tf.TensorSpec([2], name='x'))
    return convert_variables_to_constants_v2(f, lower_control_flow=lowered).graph.as_graph_def()


def loop():
    """y = 2 * y + 1, three times, by a function that is called."""
    return repeated(False)


def frames():
    """The same with Enter, Merge, Switch, Exit."""
    return repeated(True)


def told(graph_def):
    graph = tf.Graph()
    with graph.as_default():
        tf.import_graph_def(graph_def, name='')
    shapes = {}
    for op in graph.get_operations():
        for port, out in enumerate(op.outputs):
            rank = out.shape.rank
            shape = None if rank is None else [-1 if d is None else d for d in out.shape.as_list()]
            shapes[op.name + (f':{port}' if port else '')] = [out.dtype.base_dtype.name, shape]
    return shapes


for make in [windows, arithmetic, layout, model, loop, frames]:
    if make in [model, loop, frames]:
        graph_def = make()
        # Types that TensorFlow works out again for itself are not carried along here.
        for node in graph_def.node:
            node.ClearField('experimental_type')
            # The one form in which a graph writes its constants here.
            if node.op == 'Const' and node.attr['value'].tensor.dtype != 7:
                tensor = node.attr['value'].tensor
                content = tf.make_ndarray(tensor).tobytes()
                for field in ['int_val', 'float_val', 'bool_val', 'int64_val']:
                    tensor.ClearField(field)
                tensor.tensor_content = content
    else:
        graph = tf.Graph()
        with graph.as_default():
            make()
        graph_def = graph.as_graph_def()
        for node in graph_def.node:
            node.attr.pop('_output_shapes', None)
    base = os.path.join(HERE, make.__name__)
    open(base + '.pb', 'wb').write(graph_def.SerializeToString(deterministic=True))
    if make is model:
        open(base + '.pbtxt', 'w').write(text_format.MessageToString(graph_def))
    lines = [f'  {json.dumps(k)}: {json.dumps(v)}' for k, v in told(graph_def).items()]
    open(base + '.json', 'w').write('{\n' + ',\n'.join(lines) + '\n}\n')
