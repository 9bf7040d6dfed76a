"""Makes operations.pb and results.pb: operations on constants, and what TensorFlow computes for them.

Made with Python 3.11, tensorflow 2.21.0:
    python make.py

A result of the node `n` is the constant `n` (first output) or `n@1` and so on in results.pb.
"""
import os

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
os.environ['CUDA_VISIBLE_DEVICES'] = ''
os.environ['TF_ENABLE_ONEDNN_OPTS'] = '0'

import numpy as np
import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))
raw = tf.raw_ops
random = np.random.default_rng(3)
NODES = []


def c(value, dtype=None):
    return tf.constant(value, dtype=dtype)


def f(*shape):
    return random.normal(0, 2, shape).astype('f')


def add(result):
    """Remembers a node whose results are wanted."""
    one = result[0] if isinstance(result, (list, tuple)) else result
    NODES.append(one.op)


def build():
    ints = np.array([[-7, 5, 3], [0, -1, 12]], 'i4')
    other = np.array([[2, -3, 3]], 'i4')
    for op in ('Add', 'AddV2', 'Sub', 'Mul', 'FloorDiv', 'FloorMod', 'Maximum', 'Minimum', 'SquaredDifference', 'TruncateDiv', 'TruncateMod'):
        for dtype in ('i4', 'i8', 'i1', 'u1') if not op.startswith('Trunc') else ('i4', 'i8'):
            if (op in ('SquaredDifference', 'FloorMod') and dtype in ('i1', 'u1')) or (op == 'Add' and dtype == 'u1'):
                continue
            add(getattr(raw, op)(x=c(ints.astype(dtype)), y=c(other.astype(dtype))))
    for op in ('AddV2', 'Sub', 'Mul', 'RealDiv', 'FloorDiv', 'FloorMod', 'Maximum', 'Minimum', 'SquaredDifference', 'DivNoNan', 'Atan2', 'Xdivy'):
        for dtype in ('f2', 'f4', 'f8'):
            add(getattr(raw, op)(x=c(f(3, 1, 4).astype(dtype)), y=c(f(2, 1).astype(dtype))))
    add(raw.AddV2(x=c(2**62 + 3, tf.int64), y=c(2**62, tf.int64)))
    add(raw.Mul(x=c(2**31 - 1, tf.int32), y=c(77777, tf.int32)))
    add(raw.Mul(x=c(2**40 + 1, tf.int64), y=c(2**30 + 3, tf.int64)))
    add(raw.Pow(x=c(np.abs(f(5)) + 0.1), y=c(f(5))))
    add(raw.Pow(x=c([-3, 2, 7], tf.int32), y=c([3, 30, 20], tf.int32)))
    for op in ('Abs', 'Neg', 'Sign', 'Square', 'Exp', 'Expm1', 'Sin', 'Cos', 'Tan', 'Atan', 'Sinh', 'Cosh', 'Tanh', 'Asinh', 'Erf', 'Erfc', 'Floor', 'Ceil', 'Round', 'Rint', 'Sigmoid', 'Reciprocal'):
        add(getattr(raw, op)(x=c(np.concatenate([f(6), [0.5, 1.5, 2.5, -0.5, -2.5, 3.1]]).astype('f'))))
    for op in ('Relu', 'Relu6', 'Elu', 'Selu', 'LeakyRelu', 'Softplus', 'Softsign'):
        add(getattr(raw, op)(features=c(f(8) * 4)))
    for op in ('Sqrt', 'Rsqrt', 'Log', 'Log1p'):
        for dtype in ('f2', 'f4', 'f8'):
            add(getattr(raw, op)(x=c((np.abs(f(6)) + 0.1).astype(dtype))))
    for op in ('Equal', 'NotEqual', 'Less', 'LessEqual', 'Greater', 'GreaterEqual'):
        for dtype in ('i4', 'i8', 'f4'):
            add(getattr(raw, op)(x=c(ints.astype(dtype)), y=c(other.astype(dtype))))
    truth = np.array([[True, False, True], [False, False, True]])
    add(raw.LogicalAnd(x=c(truth), y=c(truth[:1])))
    add(raw.LogicalOr(x=c(truth), y=c(truth[:, :1])))
    add(raw.LogicalNot(x=c(truth)))
    add(raw.IsNan(x=c([1, np.nan, np.inf], tf.float32)))
    add(raw.IsFinite(x=c([1, np.nan, np.inf], tf.float32)))
    add(raw.SelectV2(condition=c(truth), t=c(f(2, 3)), e=c(f(3))))
    add(raw.Select(condition=c([True, False]), x=c(f(2, 3)), y=c(f(2, 3))))

    x = f(2, 3, 4)
    add(raw.Reshape(tensor=c(x), shape=c([4, -1])))
    add(raw.Reshape(tensor=c(x), shape=c([24], tf.int64)))
    add(raw.Squeeze(input=c(f(1, 3, 1, 2)), axis=[2]))
    add(raw.Squeeze(input=c(f(1, 3, 1, 2))))
    add(raw.ExpandDims(input=c(x), axis=c(-1)))
    add(raw.Shape(input=c(x)))
    add(raw.Shape(input=c(x), out_type=tf.int64))
    add(raw.Size(input=c(x)))
    add(raw.Rank(input=c(x)))
    add(raw.ShapeN(input=[c(x), c(f(2, 3))]))
    add(raw.Transpose(x=c(x), perm=c([2, 0, 1])))
    add(raw.InvertPermutation(x=c([2, 0, 3, 1])))
    add(raw.BroadcastTo(input=c(f(3, 1)), shape=c([2, 3, 4])))
    add(raw.BroadcastArgs(s0=c([2, 1, 4]), s1=c([3, 1])))
    add(raw.Slice(input=c(x), begin=c([0, 1, 1]), size=c([2, -1, 2])))
    add(raw.StridedSlice(input=c(x), begin=c([0, -1]), end=c([0, 0]), strides=c([1, -1]), begin_mask=1, end_mask=1))
    add(raw.StridedSlice(input=c(x), begin=c([1, 0, 0]), end=c([2, 0, 3]), strides=c([1, 1, 2]), ellipsis_mask=2, shrink_axis_mask=1))
    add(raw.StridedSlice(input=c(x), begin=c([0, 0, 1]), end=c([2, 0, -1]), strides=c([1, 1, 1]), new_axis_mask=2))
    add(raw.StridedSlice(input=c([5, 6, 7]), begin=c([1]), end=c([2]), strides=c([1]), shrink_axis_mask=1))
    add(raw.StridedSlice(input=c(x), begin=c([-9, 5]), end=c([9, 9]), strides=c([1, 1])))
    add(raw.Split(axis=c(-1), value=c(x), num_split=2))
    add(raw.SplitV(value=c(x), size_splits=c([1, -1]), axis=c(1), num_split=2))
    add(raw.Unpack(value=c(x), num=3, axis=1))
    add(raw.Gather(params=c(x), indices=c([[1, 0], [1, 1]])))
    add(raw.GatherV2(params=c(x), indices=c([[2, 0], [1, 1]]), axis=c(1)))
    add(raw.GatherV2(params=c(x), indices=c([[2, 0], [1, 1]]), axis=c(1), batch_dims=1))
    add(raw.GatherV2(params=c(x), indices=c([3, 0]), axis=c(-1)))
    add(raw.GatherNd(params=c(x), indices=c([[1, 2], [0, 0]])))
    add(raw.ReverseV2(tensor=c(x), axis=c([0, -1])))
    add(raw.Concat(concat_dim=c(1), values=[c(f(2, 1, 2)), c(f(2, 3, 2))]))
    add(raw.ConcatV2(values=[c(ints.astype('i8')), c(ints.astype('i8'))], axis=c(-2)))
    add(raw.Pack(values=[c(ints), c(ints + 1)], axis=1))
    add(raw.Tile(input=c(f(2, 3)), multiples=c([2, 3])))
    add(raw.Pad(input=c(f(2, 3)), paddings=c([[1, 0], [0, 2]])))
    add(raw.PadV2(input=c(ints), paddings=c([[1, 1], [2, 0]]), constant_values=c(9)))
    add(raw.MirrorPad(input=c(f(3, 4)), paddings=c([[1, 2], [2, 3]]), mode='REFLECT'))
    add(raw.MirrorPad(input=c(f(3, 4)), paddings=c([[3, 2], [2, 4]]), mode='SYMMETRIC'))
    add(raw.Fill(dims=c([2, 3]), value=c(2.5)))
    add(raw.ZerosLike(x=c(ints.astype('i8'))))
    add(raw.OnesLike(x=c(x)))
    add(raw.Range(start=c(3), limit=c(-8), delta=c(-3)))
    add(raw.Range(start=c(0.5), limit=c(2.0), delta=c(0.25)))
    add(raw.Range(start=c(1, tf.int64), limit=c(5, tf.int64), delta=c(2, tf.int64)))
    add(raw.LinSpace(start=c(1.0), stop=c(2.0), num=c(4)))
    add(raw.OneHot(indices=c([2, -1, 0]), depth=c(3), on_value=c(5.0), off_value=c(-1.0)))
    add(raw.OneHot(indices=c([[2, 1], [0, 7]]), depth=c(3), on_value=c(1), off_value=c(0), axis=0))
    for keep in (False, True):
        for op in ('Sum', 'Mean', 'Prod', 'Max', 'Min'):
            add(getattr(raw, op)(input=c(x), axis=c([0, -1]), keep_dims=keep))
        for op in ('Sum', 'Prod', 'Max', 'Min'):
            add(getattr(raw, op)(input=c(ints.astype('i8')), axis=c(1), keep_dims=keep))
        add(raw.All(input=c(truth), axis=c([0]), keep_dims=keep))
        add(raw.Any(input=c(truth), axis=c([1]), keep_dims=keep))
    add(raw.ArgMax(input=c(x), dimension=c(1)))
    add(raw.ArgMin(input=c(x), dimension=c(-1), output_type=tf.int32))
    add(raw.Cumsum(x=c(x), axis=c(1), exclusive=True))
    add(raw.Cumsum(x=c(x), axis=c(-1), reverse=True))
    add(raw.Cumprod(x=c(x), axis=c(0)))
    add(raw.Softmax(logits=c(f(3, 5))))
    add(raw.LogSoftmax(logits=c(f(3, 5))))
    add(raw.L2Loss(t=c(x)))
    values = np.array([-3.7, 0, 2.5, 100.2], 'f')
    for dst in (tf.int32, tf.int64, tf.float16, tf.bfloat16, tf.float64, tf.bool, tf.int8):
        add(raw.Cast(x=c(values), DstT=dst))
    add(raw.Cast(x=c([300, -1, 70000]), DstT=tf.uint8))
    add(raw.Cast(x=c([2**40 + 5, -3], tf.int64), DstT=tf.int32))
    add(raw.Cast(x=c(truth), DstT=tf.float32))
    add(raw.Cast(x=c(np.array([1.1, -2.2, 65504, 6e-8, 1e-5], 'f2')), DstT=tf.float32))
    add(raw.Cast(x=c(np.array([1.0009765625, 1.00048828125, 65519, 65520, 3e-8, 6.1e-5, 2049, 2051], 'f')), DstT=tf.float16))
    add(raw.Bitcast(input=c(values), type=tf.int32))
    add(raw.MatMul(a=c(f(3, 4)), b=c(f(4, 2))))
    add(raw.MatMul(a=c(f(4, 3)), b=c(f(2, 4)), transpose_a=True, transpose_b=True))
    add(raw.BatchMatMulV2(x=c(f(2, 1, 3, 4)), y=c(f(5, 4, 2))))
    add(raw.BatchMatMulV2(x=c(f(2, 4, 3)), y=c(f(2, 5, 4)), adj_x=True, adj_y=True))
    add(raw.BiasAdd(value=c(f(2, 3, 4)), bias=c(f(4))))
    add(raw.BiasAdd(value=c(f(1, 3, 2, 2)), bias=c(f(3)), data_format='NCHW'))
    packed = c(np.array([0, 7, 128, 255], 'u1'))
    add(raw.Dequantize(input=tf.bitcast(packed, tf.quint8), min_range=c(-1.5), max_range=c(3.25), mode='MIN_FIRST'))


with tf.Graph().as_default() as graph:
    build()
    with tf.compat.v1.Session() as session:
        results = session.run([list(op.outputs) for op in NODES])
with tf.Graph().as_default() as answers:
    for op, values in zip(NODES, results):
        for i, value in enumerate(values):
            tf.constant(value, name=(op.name if i == 0 else f'{op.name}.{i}'), dtype=op.outputs[i].dtype)
for name, made in (('operations', graph), ('results', answers)):
    with open(os.path.join(HERE, f'{name}.pb'), 'wb') as file:
        file.write(made.as_graph_def().SerializeToString(deterministic=True))
print(len(NODES), 'nodes')
