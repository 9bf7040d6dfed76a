"""Small graphs and what TensorFlow makes of them: cases.json.gz.

Each case is a function of a few tensors: its frozen GraphDef, inputs, TensorFlow's answers, and the operators that
TensorFlow's own converter to TensorFlow Lite turns it into, in order. A null list means that the converter needs more
than builtin operators where ours does not.

    python make_lower.py            # TensorFlow 2.21
    python make_lower.py relu conv  # only those whose names start so, printed and not written
"""
import base64, gzip, json, os, sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

CASES = {}


def case(name, *specs, low=-2.0, high=2.0):
    """Registers a function under a name; a spec is a shape, or a shape and an element type."""
    specs = [s if isinstance(s, tuple) and len(s) == 2 and isinstance(s[0], list) else (s, "float32") for s in specs]

    def add(fn):
        CASES[name] = (fn, specs, low, high)
        return fn

    return add


def c(*shape, seed=1, low=-0.5, high=0.5):
    return tf.constant(np.random.RandomState(seed).uniform(low, high, shape).astype(np.float32))


def ints(*values):
    return tf.constant(values, tf.int32)


IMG = [1, 6, 6, 3]
FLAT = [2, 6]

# -- one operation each ------------------------------------------------------------------------------------------------
UNARY = dict(
    abs=tf.abs, neg=tf.negative, exp=tf.exp, sin=tf.sin, cos=tf.cos, floor=tf.floor, ceil=tf.math.ceil,
    round=tf.round, square=tf.square, tanh=tf.tanh, sigmoid=tf.sigmoid, relu=tf.nn.relu, relu6=tf.nn.relu6,
    elu=tf.nn.elu, selu=tf.nn.selu, softmax=tf.nn.softmax, log_softmax=tf.nn.log_softmax, softplus=tf.nn.softplus,
    softsign=tf.nn.softsign, sign=tf.sign, leaky_relu=lambda x: tf.nn.leaky_relu(x, 0.3), erf=tf.math.erf,
    erfc=tf.math.erfc, swish=lambda x: x * tf.sigmoid(x), hard_sigmoid=lambda x: tf.nn.relu6(x + 3.0) / 6.0,
    hard_swish=lambda x: x * (tf.nn.relu6(x + 3.0) * (1.0 / 6.0)), mish=lambda x: x * tf.tanh(tf.nn.softplus(x)),
    gelu=tf.nn.gelu, gelu_tanh=lambda x: tf.nn.gelu(x, approximate=True), relu_n1=lambda x: tf.clip_by_value(x, -1.0, 1.0),
    clip=lambda x: tf.clip_by_value(x, -0.5, 1.5), clip_0_1=lambda x: tf.clip_by_value(x, 0.0, 1.0), ones_like=lambda x: x + tf.ones_like(x),
    zeros_like=lambda x: tf.maximum(x, tf.zeros_like(x)), l2_normalize=lambda x: tf.nn.l2_normalize(x, -1),
    rank=lambda x: x + tf.cast(tf.rank(x), tf.float32), log1p=lambda x: tf.math.log1p(x + 3.0),
    expm1=tf.math.expm1, reciprocal=lambda x: tf.math.reciprocal(x + 3.0), inv_square=lambda x: tf.pow(x, 2.0),
    pow3=lambda x: tf.pow(x, 3.0), cube=lambda x: x * x * x, is_finite=lambda x: tf.cast(tf.math.is_finite(x), tf.float32), is_nan=lambda x: tf.cast(tf.math.is_nan(x), tf.float32),
    sinh=tf.sinh, cosh=tf.cosh, tan=tf.tan, atan=tf.atan, rint=tf.math.rint,
)
for _name, _fn in UNARY.items():
    CASES[_name] = (_fn, [(FLAT, "float32")], -2.0, 2.0)
for _name, _fn in dict(log=tf.math.log, sqrt=tf.sqrt, rsqrt=tf.math.rsqrt, pow_half=lambda x: tf.pow(x, 0.5)).items():
    CASES[_name] = (_fn, [(FLAT, "float32")], 0.1, 3.0)

BINARY = dict(
    add=tf.add, sub=tf.subtract, mul=tf.multiply, div=tf.divide, maximum=tf.maximum, minimum=tf.minimum,
    squared_difference=tf.math.squared_difference, floor_div=tf.math.floordiv, floor_mod=tf.math.floormod,
    div_no_nan=tf.math.divide_no_nan, xdivy=lambda a, b: tf.math.xdivy(a, b + 3.0), atan2=tf.atan2,
    add_n=lambda a, b: tf.add_n([a, b, a]), add_relu=lambda a, b: tf.nn.relu(a + b),
    sub_relu6=lambda a, b: tf.nn.relu6(a - b), mul_relu=lambda a, b: tf.nn.relu(a * b), div_relu=lambda a, b: tf.nn.relu(a / (b + 3.0)),
    less=lambda a, b: tf.cast(a < b, tf.float32), less_equal=lambda a, b: tf.cast(a <= b, tf.float32),
    greater=lambda a, b: tf.cast(a > b, tf.float32), greater_equal=lambda a, b: tf.cast(a >= b, tf.float32),
    equal=lambda a, b: tf.cast(tf.equal(a, b), tf.float32), not_equal=lambda a, b: tf.cast(tf.not_equal(a, b), tf.float32),
    logic=lambda a, b: tf.cast(tf.logical_or(tf.logical_and(a > 0, b > 0), tf.logical_not(a > b)), tf.float32),
    select=lambda a, b: tf.where(a > b, a, b * 2.0), batch_matmul_2d=lambda a, b: tf.matmul(a, b, transpose_b=True),
    truncate_div=lambda a, b: tf.cast(tf.truncatediv(tf.cast(a * 9, tf.int32), tf.cast(b * 2, tf.int32) + 7), tf.float32),
)
for _name, _fn in BINARY.items():
    CASES[_name] = (_fn, [(FLAT, "float32"), (FLAT, "float32")], -2.0, 2.0)
CASES["select_v1"] = (lambda a, b: tf.raw_ops.Select(condition=a > b, x=a, y=b), [(FLAT, "float32")] * 2, -2.0, 2.0)
CASES["select_v1_rows"] = (lambda a, b: tf.raw_ops.Select(condition=a[:, 0] > 0, x=a, y=b), [(FLAT, "float32")] * 2, -2.0, 2.0)
CASES["add_broadcast"] = (lambda a, b: a + b, [([2, 1, 3], "float32"), ([4, 1], "float32")], -2.0, 2.0)
CASES["add_5d"] = (lambda a: a + c(1, 2, 1, 2, 3), [([1, 2, 2, 2, 3], "float32")], -2.0, 2.0)
CASES["int_add"] = (lambda a, b: a + b, [([2, 3], "int32"), ([2, 3], "int32")], -9, 9)
CASES["int_div"] = (lambda a: a // 3, [([2, 3], "int32")], -9, 9)
CASES["int_mod"] = (lambda a: a % 4, [([2, 3], "int32")], -9, 9)

REDUCE = dict(
    mean=tf.reduce_mean, sum=tf.reduce_sum, max=tf.reduce_max, min=tf.reduce_min, prod=tf.reduce_prod,
)
for _name, _fn in REDUCE.items():
    CASES["reduce_" + _name] = (lambda x, f=_fn: f(x, [1, 2]), [(IMG, "float32")], -2.0, 2.0)
    CASES["reduce_" + _name + "_keep"] = (lambda x, f=_fn: f(x, -1, keepdims=True), [(IMG, "float32")], -2.0, 2.0)


@case("reduce_length", IMG)
def _(x): return tf.raw_ops.EuclideanNorm(input=x, axis=[1, 3])


@case("pad_conv_mirror", IMG)
def _(x): return tf.raw_ops.FusedPadConv2D(input=x, paddings=[[0, 0], [1, 1], [2, 1], [0, 0]], filter=c(3, 3, 3, 4), mode="REFLECT", strides=[1, 1, 1, 1], padding="VALID")


@case("roll", [2, 5])
def _(x): return tf.roll(x, [2, 1], [1, 0])


@case("reverse_apart", [2, 3, 4])
def _(x): return tf.reverse(x, [0, 2])


@case("slice_by_input", [4, 5], ([2], "int32"), low=0, high=2)
def _(x, at): return tf.slice(x, at, [2, 3])


@case("einsum_sum", [2, 3, 4])
def _(x): return tf.einsum("abc->ca", x)


@case("einsum_batch", [2, 3, 4], [2, 4, 5])
def _(a, b): return tf.einsum("...ij,...jk->...ik", a, b)


@case("einsum_outer", [2, 3], [2, 4])
def _(a, b): return tf.einsum("ai,aj->aij", a, b)


@case("clip_op", FLAT)
def _(x): return tf.raw_ops.ClipByValue(t=x, clip_value_min=-0.5, clip_value_max=1.0)


@case("xlogy", FLAT, low=0.1)
def _(x): return tf.math.xlogy(x, x + 1.0)


@case("l2_loss", FLAT)
def _(x): return tf.nn.l2_loss(x)


@case("fused_conv", IMG)
def _(x): return tf.raw_ops._FusedConv2D(input=x, filter=c(3, 3, 3, 4), args=[c(4)], strides=[1, 1, 1, 1], padding="SAME", fused_ops=["BiasAdd", "Relu"]) if hasattr(tf.raw_ops, "_FusedConv2D") else tf.nn.relu(tf.nn.bias_add(conv(x), c(4)))


@case("fake_quant_args", FLAT)
def _(x): return tf.quantization.fake_quant_with_min_max_args(x, -2.0, 2.0)


@case("fake_quant_channels", FLAT)
def _(x):
    w = tf.quantization.fake_quant_with_min_max_vars_per_channel(c(6, 4), [-0.5, -0.4, -0.3, -0.2], [0.5, 0.4, 0.3, 0.2])
    return tf.matmul(x, w)


@case("reduce_all", IMG)
def _(x): return tf.cast(tf.reduce_all(x > -1.9, 1), tf.float32)


@case("reduce_any", IMG)
def _(x): return tf.cast(tf.reduce_any(x > 1.5, 1), tf.float32)


@case("arg_max", FLAT)
def _(x): return tf.argmax(x, -1, output_type=tf.int32)


@case("arg_max_long", FLAT)
def _(x): return tf.cast(tf.argmax(x, 1), tf.float32)


@case("arg_min", FLAT)
def _(x): return tf.argmin(x, -1, output_type=tf.int32)


@case("reshape", IMG)
def _(x): return tf.reshape(x, [1, 36, 3])


@case("reshape_open", IMG)
def _(x): return tf.reshape(x, [-1, 18])


@case("reshape_by_shape", IMG)
def _(x):
    s = tf.shape(x)
    return tf.reshape(x, tf.stack([s[0], s[1] * s[2], s[3]]))


@case("flatten_by_batch", [1, 4, 3])
def _(x): return tf.reshape(x, [tf.shape(x)[0], -1])


@case("squeeze", [1, 3, 1, 2])
def _(x): return tf.squeeze(x, [2])


@case("squeeze_all", [1, 3, 1, 2])
def _(x): return tf.squeeze(x)


@case("expand_dims", FLAT)
def _(x): return tf.expand_dims(x, -1)


@case("transpose", IMG)
def _(x): return tf.transpose(x, [0, 3, 1, 2])


@case("strided_slice", [4, 5, 6])
def _(x): return x[1:3, ::2, -2]


@case("strided_slice_back", [4, 5])
def _(x): return x[:, ::-1]


@case("strided_slice_new_axis", [4, 5])
def _(x): return x[:, tf.newaxis, 1:]


@case("strided_slice_ellipsis", [2, 3, 4])
def _(x): return x[..., 0]


@case("slice", [4, 5])
def _(x): return tf.slice(x, [1, 0], [2, -1])


@case("pack", FLAT, FLAT)
def _(a, b): return tf.stack([a, b], 1)


@case("unpack", [3, 4])
def _(x):
    a, b, d = tf.unstack(x)
    return a * b + d


@case("split", [2, 6])
def _(x):
    a, b, d = tf.split(x, 3, 1)
    return a * b, d


@case("split_v", [2, 6])
def _(x):
    a, b = tf.split(x, [2, 4], 1)
    return a, b


@case("concat", FLAT, FLAT)
def _(a, b): return tf.concat([a, b], -1)


@case("concat_one", FLAT)
def _(a): return tf.concat([a], -1) * 2.0


@case("gather", [5, 3], ([4], "int32"), low=0, high=5)
def _(x, i): return tf.gather(x, i)


@case("gather_axis", [2, 5], ([3], "int32"), low=0, high=5)
def _(x, i): return tf.gather(x, i, axis=1)


@case("gather_batch", [2, 5, 3], ([2, 2], "int32"), low=0, high=5)
def _(x, i): return tf.gather(x, i, axis=1, batch_dims=1)


@case("gather_const", [2, 5])
def _(x): return tf.gather(x, [0, 3, 1], axis=1)


@case("gather_nd", [3, 4], ([2, 2], "int32"), low=0, high=3)
def _(x, i): return tf.gather_nd(x, i)


@case("embedding", ([2, 3], "int32"), low=0, high=7)
def _(i): return tf.gather(c(7, 4), i)


@case("scatter_nd", ([3, 1], "int32"), [3, 2], low=0, high=5)
def _(i, u): return tf.scatter_nd(i, u, [6, 2])


@case("tile", [2, 3])
def _(x): return tf.tile(x, [2, 2])


@case("broadcast_to", [2, 1, 3])
def _(x): return tf.broadcast_to(x, [2, 4, 3])


@case("pad", IMG)
def _(x): return tf.pad(x, [[0, 0], [1, 2], [2, 1], [0, 0]])


@case("pad_v2", FLAT)
def _(x): return tf.pad(x, [[0, 0], [1, 2]], constant_values=3.0)


@case("mirror_pad", [3, 4])
def _(x): return tf.pad(x, [[1, 1], [2, 1]], "REFLECT")


@case("mirror_pad_symmetric", [3, 4])
def _(x): return tf.pad(x, [[1, 1], [2, 1]], "SYMMETRIC")


@case("reverse", [2, 3])
def _(x): return tf.reverse(x, [1])


@case("cast", ([2, 3], "int32"), low=-9, high=9)
def _(x): return tf.cast(x, tf.float32) * 0.5


@case("one_hot", ([4], "int32"), low=0, high=5)
def _(i): return tf.one_hot(i, 5)


@case("one_hot_axis", ([4], "int32"), low=0, high=5)
def _(i): return tf.one_hot(i, 5, axis=0, on_value=2.0, off_value=-1.0)


@case("top_k", [2, 6])
def _(x): return tf.math.top_k(x, 3)


@case("cumsum", [2, 6])
def _(x): return tf.cumsum(x, 1)


@case("cumsum_reverse", [2, 6])
def _(x): return tf.cumsum(x, 1, exclusive=True, reverse=True)


@case("fill_like", FLAT)
def _(x): return tf.fill(tf.shape(x), 3.0) + x


@case("range", FLAT)
def _(x): return x + tf.range(6.0)


@case("depth_to_space", [1, 2, 2, 8])
def _(x): return tf.nn.depth_to_space(x, 2)


@case("space_to_depth", [1, 4, 4, 2])
def _(x): return tf.nn.space_to_depth(x, 2)


@case("space_to_batch", [1, 4, 4, 2])
def _(x): return tf.space_to_batch(x, [2, 2], [[0, 0], [0, 0]])


@case("batch_to_space", [4, 2, 2, 2])
def _(x): return tf.batch_to_space(x, [2, 2], [[0, 0], [0, 0]])


@case("space_to_batch_1d", [1, 4, 2])
def _(x): return tf.space_to_batch(x, [2], [[0, 0]])


@case("resize_bilinear", IMG)
def _(x): return tf.image.resize(x, [9, 12])


@case("resize_nearest", IMG)
def _(x): return tf.image.resize(x, [9, 12], "nearest")


@case("resize_bilinear_v1", IMG)
def _(x): return tf.compat.v1.image.resize_bilinear(x, [12, 12], align_corners=True)


@case("upsample_repeat", IMG)
def _(x): return tf.repeat(tf.repeat(x, 2, 1), 2, 2)


@case("lrn", [1, 3, 3, 8])
def _(x): return tf.nn.local_response_normalization(x, 2, 1.0, 0.001, 0.75)


@case("fake_quant", FLAT)
def _(x): return tf.quantization.fake_quant_with_min_max_vars(x, -1.5, 1.5) * 2.0


@case("matrix_diag", [2, 3])
def _(x): return tf.linalg.diag(x)


@case("reverse_sequence", [2, 5, 3])
def _(x): return tf.reverse_sequence(x, [3, 5], seq_axis=1)


@case("matrix_band_part", [3, 4])
def _(x): return tf.linalg.band_part(x, -1, 0)


# -- convolutions and what goes into them ------------------------------------------------------------------------------
def conv(x, k=3, o=4, stride=1, padding="SAME", seed=1, **more):
    return tf.nn.conv2d(x, c(k, k, x.shape[-1], o, seed=seed), stride, padding, **more)


def depthwise(x, k=3, m=1, stride=1, padding="SAME", dilation=1, seed=2):
    return tf.nn.depthwise_conv2d(x, c(k, k, x.shape[-1], m, seed=seed), [1, stride, stride, 1], padding, dilations=[dilation] * 2)


def norm(x, op=tf.raw_ops.FusedBatchNormV3, n=None):
    n = n or x.shape[-1]
    y = op(x=x, scale=c(n, seed=3, low=0.5, high=2), offset=c(n, seed=4), mean=c(n, seed=5), variance=c(n, seed=6, low=0.5, high=2), is_training=False)
    return y[0]


def loose_norm(x, n=None):
    n = n or x.shape[-1]
    return tf.nn.batch_normalization(x, c(n, seed=5), c(n, seed=6, low=0.5, high=2), c(n, seed=4), c(n, seed=3, low=0.5, high=2), 1e-3)


CONV = dict(
    conv=conv, conv_valid=lambda x: conv(x, padding="VALID"), conv_stride=lambda x: conv(x, stride=2),
    conv_bias=lambda x: tf.nn.bias_add(conv(x), c(4)), conv_bias_relu=lambda x: tf.nn.relu(tf.nn.bias_add(conv(x), c(4))),
    conv_relu6=lambda x: tf.nn.relu6(conv(x)), conv_relu_n1=lambda x: tf.clip_by_value(conv(x), -1.0, 1.0),
    conv_tanh=lambda x: tf.tanh(conv(x)), conv_sigmoid=lambda x: tf.sigmoid(conv(x)),
    conv_clip_0_1=lambda x: tf.clip_by_value(conv(x), 0.0, 1.0),
    conv_norm=lambda x: norm(conv(x)), conv_norm_v1=lambda x: norm(conv(x), tf.raw_ops.FusedBatchNorm),
    conv_norm_v2=lambda x: norm(conv(x), lambda **k: tf.raw_ops.FusedBatchNormV2(U=tf.float32, **k) if False else tf.raw_ops.FusedBatchNormV2(**k)),
    conv_norm_relu=lambda x: tf.nn.relu(norm(conv(x))), conv_loose_norm=lambda x: tf.nn.relu(loose_norm(conv(x))),
    conv_bias_norm=lambda x: norm(tf.nn.bias_add(conv(x), c(4))), conv_relu_norm=lambda x: norm(tf.nn.relu(conv(x))),
    conv_mul=lambda x: conv(x) * c(4), conv_mul_first=lambda x: c(4) * conv(x), conv_mul_scalar=lambda x: conv(x) * 0.5,
    conv_mul_4d=lambda x: conv(x) * c(1, 1, 1, 4), conv_div=lambda x: conv(x) / c(4, low=0.5, high=2), conv_sub=lambda x: conv(x) - c(4),
    conv_sub_from=lambda x: c(4) - conv(x), conv_add_scalar=lambda x: conv(x) + 0.5, conv_add_2d=lambda x: conv(x) + c(6, 4),
    conv_add_mul=lambda x: (conv(x) + c(4)) * c(4, seed=9), conv_twice=lambda x: (lambda y: tf.nn.relu(y) + y)(conv(x)),
    conv_mul_per_place=lambda x: conv(x) * c(6, 1),
    mul_conv=lambda x: conv(x * c(3)), norm_conv=lambda x: conv(norm(x)),
    conv_dilated=lambda x: conv(x, dilations=2), conv_grouped=lambda x: tf.nn.conv2d(x[..., :2] + 0.0, c(3, 3, 1, 4), 1, "SAME"),
    conv_explicit=lambda x: tf.nn.conv2d(x, c(3, 3, 3, 4), 1, [[0, 0], [1, 1], [1, 1], [0, 0]]),
    conv_explicit_odd=lambda x: tf.nn.conv2d(x, c(3, 3, 3, 4), 2, [[0, 0], [1, 1], [1, 1], [0, 0]]),
    pad_conv_same=lambda x: conv(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), padding="VALID"),
    pad_conv_stride_same=lambda x: conv(tf.pad(x, [[0, 0], [0, 1], [0, 1], [0, 0]]), stride=2, padding="VALID"),
    pad_conv_stride=lambda x: conv(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), stride=2, padding="VALID"),
    pad_depthwise_stride_same=lambda x: depthwise(tf.pad(x, [[0, 0], [0, 1], [0, 1], [0, 0]]), stride=2, padding="VALID"),
    depthwise=depthwise, depthwise_multiplier=lambda x: depthwise(x, m=2), depthwise_stride=lambda x: depthwise(x, stride=2),
    depthwise_dilated=lambda x: depthwise(x, dilation=2), depthwise_bias_relu=lambda x: tf.nn.relu(tf.nn.bias_add(depthwise(x), c(3))),
    depthwise_norm_relu6=lambda x: tf.nn.relu6(norm(depthwise(x, m=2))), depthwise_mul=lambda x: depthwise(x) * c(3),
    separable=lambda x: tf.nn.separable_conv2d(x, c(3, 3, 3, 2), c(1, 1, 6, 4, seed=8), [1, 1, 1, 1], "SAME"),
    atrous=lambda x: tf.nn.bias_add(tf.compat.v1.nn.convolution(x, c(3, 3, 3, 4), "SAME", dilation_rate=[2, 2]), c(4)),
    atrous_by_batch=lambda x: tf.batch_to_space(tf.nn.conv2d(tf.space_to_batch(x, [2, 2], [[2, 2], [2, 2]]), c(3, 3, 3, 4), 1, "VALID"), [2, 2], [[0, 0], [0, 0]]),
    atrous_by_batch_bias=lambda x: tf.batch_to_space(tf.nn.bias_add(tf.nn.conv2d(tf.space_to_batch(x, [2, 2], [[2, 2], [2, 2]]), c(3, 3, 3, 4), 1, "VALID"), c(4)), [2, 2], [[0, 0], [0, 0]]),
    atrous_by_batch_valid=lambda x: tf.batch_to_space(tf.nn.conv2d(tf.space_to_batch(x, [2, 2], [[0, 0], [0, 0]]), c(3, 3, 3, 4), 1, "VALID"), [2, 2], [[0, 0], [0, 0]]),
    conv_transpose=lambda x: tf.nn.conv2d_transpose(x, c(3, 3, 4, 3), [1, 12, 12, 4], 2, "SAME"),
    conv_transpose_valid=lambda x: tf.nn.conv2d_transpose(x, c(3, 3, 4, 3), [1, 13, 13, 4], 2, "VALID"),
    conv_transpose_bias=lambda x: tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d_transpose(x, c(3, 3, 4, 3), [1, 12, 12, 4], 2, "SAME"), c(4))),
    conv_transpose_norm=lambda x: norm(tf.nn.conv2d_transpose(x, c(3, 3, 4, 3), [1, 12, 12, 4], 2, "SAME")),
    max_pool=lambda x: tf.nn.max_pool2d(x, 2, 2, "VALID"), max_pool_same=lambda x: tf.nn.max_pool2d(x, 3, 2, "SAME"),
    avg_pool=lambda x: tf.nn.avg_pool2d(x, 2, 2, "VALID"), avg_pool_same=lambda x: tf.nn.avg_pool2d(x, 3, 1, "SAME"),
    max_pool_relu=lambda x: tf.nn.relu(tf.nn.max_pool2d(x, 2, 2, "VALID")), avg_pool_relu6=lambda x: tf.nn.relu6(tf.nn.avg_pool2d(x, 2, 2, "VALID")),
    norm=norm, loose_norm=loose_norm, norm_relu=lambda x: tf.nn.relu(norm(x)),
    prelu=lambda x: tf.nn.relu(x) + c(6, 6, 3) * (-tf.nn.relu(-x)), prelu_1d=lambda x: tf.nn.relu(x) - c(3) * tf.nn.relu(-x),
    bias_add=lambda x: tf.nn.bias_add(x, c(3)), conv_flat=lambda x: tf.matmul(tf.reshape(conv(x), [1, 144]), c(144, 3)),
    global_pool=lambda x: tf.nn.softmax(tf.matmul(tf.reduce_mean(tf.nn.relu(conv(x)), [1, 2]), c(4, 3))),
    residual=lambda x: tf.nn.relu(tf.nn.bias_add(conv(x, o=3), c(3)) + x), squeeze_excite=lambda x: x * tf.sigmoid(conv(tf.reduce_mean(x, [1, 2], keepdims=True), k=1, o=3)),
    conv_1d=lambda x: tf.nn.bias_add(tf.nn.conv1d(x[:, 0], c(3, 3, 4), 1, "SAME"), c(4)),
    conv_1d_dilated=lambda x: tf.nn.conv1d(x[:, 0], c(3, 3, 4), 1, "SAME", dilations=2),
    conv_1d_relu=lambda x: tf.nn.relu(tf.nn.bias_add(tf.nn.conv1d(x[:, 0], c(3, 3, 4), 1, "VALID"), c(4))),
    pool_1d=lambda x: tf.nn.max_pool1d(x[:, 0], 2, 2, "VALID"),
    conv_hard_swish=lambda x: (lambda y: y * (tf.nn.relu6(y + 3.0) * 0.16666667))(tf.nn.bias_add(conv(x), c(4))),
    conv_leaky=lambda x: tf.nn.leaky_relu(conv(x), 0.1),
)
for _name, _fn in CONV.items():
    CASES[_name] = (_fn, [(IMG, "float32")], -2.0, 2.0)


@case("conv_groups", [1, 5, 5, 4])
def _(x): return tf.nn.relu(tf.nn.conv2d(x, c(3, 3, 2, 6), 1, "SAME"))


@case("conv_nchw", [1, 3, 6, 6])
def _(x): return tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, c(3, 3, 3, 4), 1, "SAME", data_format="NCHW"), c(4), data_format="NCHW"))


@case("conv_nchw_norm_pool", [1, 3, 6, 6])
def _(x):
    y = tf.nn.conv2d(x, c(3, 3, 3, 4), 1, "SAME", data_format="NCHW")
    y = tf.raw_ops.FusedBatchNormV3(x=y, scale=c(4), offset=c(4, seed=2), mean=c(4, seed=3), variance=c(4, seed=4, low=0.5, high=1), is_training=False, data_format="NCHW")[0]
    return tf.nn.max_pool(tf.nn.relu(y), 2, 2, "VALID", data_format="NCHW")


@case("concat_v1", FLAT, FLAT)
def _(a, b): return tf.raw_ops.Concat(concat_dim=1, values=[a, b])


@case("max_pool_explicit", IMG)
def _(x): return tf.raw_ops.MaxPool(input=x - 3.0, ksize=[1, 3, 3, 1], strides=[1, 2, 2, 1], padding="EXPLICIT", explicit_paddings=[0, 0, 1, 1, 1, 1, 0, 0])


@case("mixed_precision", IMG)
def _(x): return tf.cast(tf.nn.relu(tf.nn.conv2d(tf.cast(x, tf.float16), tf.cast(c(3, 3, 3, 4), tf.float16), 1, "SAME")), tf.float32)


@case("double_precision", FLAT)
def _(x): return tf.cast(tf.matmul(tf.cast(x, tf.float64), tf.cast(c(6, 4), tf.float64)), tf.float32)


@case("long_indices", [5, 3], ([4], "int32"), low=0, high=5)
def _(x, i): return tf.gather(tf.reverse(x, tf.constant([0], tf.int64)), tf.cast(i, tf.int64) + 0)


@case("dynamic_filter", IMG, [3, 3, 3, 2])
def _(x, w): return tf.nn.conv2d(x, w, 1, "SAME")


@case("conv_3d", [1, 4, 4, 4, 2])
def _(x): return tf.nn.bias_add(tf.nn.conv3d(x, c(2, 2, 2, 2, 3), [1] * 5, "SAME"), c(3))


# -- matrix products ---------------------------------------------------------------------------------------------------
DENSE = dict(
    dense=lambda x: tf.matmul(x, c(6, 4)), dense_transposed=lambda x: tf.matmul(x, c(4, 6), transpose_b=True),
    dense_bias=lambda x: tf.nn.bias_add(tf.matmul(x, c(6, 4)), c(4)), dense_add=lambda x: tf.matmul(x, c(6, 4)) + c(4),
    dense_bias_relu=lambda x: tf.nn.relu(tf.nn.bias_add(tf.matmul(x, c(6, 4)), c(4))), dense_relu6=lambda x: tf.nn.relu6(tf.matmul(x, c(6, 4))),
    dense_zero_bias=lambda x: tf.nn.bias_add(tf.matmul(x, c(6, 4)), tf.zeros([4])),
    dense_norm=lambda x: loose_norm(tf.nn.bias_add(tf.matmul(x, c(6, 4)), c(4))), dense_mul=lambda x: tf.matmul(x, c(6, 4)) * c(4),
    dense_mul_scalar=lambda x: tf.matmul(x, c(6, 4)) * 2.0, dense_bias_mul=lambda x: tf.nn.bias_add(tf.matmul(x, c(6, 4)), c(4)) * c(4, seed=7),
    dense_add_2d=lambda x: tf.matmul(x, c(6, 4)) + c(2, 4), dense_one=lambda x: tf.matmul(x, c(6, 1)) + c(1),
    dense_add_scalar=lambda x: tf.matmul(x, c(6, 4)) + 0.5, dense_sub=lambda x: tf.matmul(x, c(6, 4)) - c(4),
    dense_transpose_a=lambda x: tf.matmul(x, c(2, 4), transpose_a=True), dense_const_first=lambda x: tf.matmul(c(3, 2), x),
    mul_dense=lambda x: tf.matmul(x * c(6), c(6, 4)), dense_dense=lambda x: tf.matmul(tf.nn.relu(tf.matmul(x, c(6, 4))), c(4, 2)),
    manual_softmax=lambda x: tf.exp(x) / tf.reduce_sum(tf.exp(x), -1, keepdims=True),
    manual_softmax_shifted=lambda x: (lambda e: e / tf.reduce_sum(e, -1, keepdims=True))(tf.exp(x - tf.reduce_max(x, -1, keepdims=True))),
    manual_gelu=lambda x: 0.5 * x * (1.0 + tf.math.erf(x / np.float32(np.sqrt(2.0)))), manual_gelu_mul=lambda x: x * 0.5 * (1.0 + tf.math.erf(x * np.float32(0.70710678))),
    manual_gelu_erfc=lambda x: 0.5 * x * tf.math.erfc(-x * np.float32(0.70710678)),
    manual_gelu_tanh=lambda x: 0.5 * x * (1.0 + tf.tanh(np.float32(np.sqrt(2 / np.pi)) * (x + 0.044715 * tf.pow(x, 3.0)))),
    manual_hard_swish=lambda x: x * tf.nn.relu6(x + 3.0) / 6.0, dense_gelu=lambda x: tf.nn.gelu(tf.matmul(x, c(6, 4)) + c(4)),
    manual_l2=lambda x: x * tf.math.rsqrt(tf.maximum(tf.reduce_sum(tf.square(x), -1, keepdims=True), 1e-12)),
    manual_l2_sqrt=lambda x: x / tf.sqrt(tf.reduce_sum(tf.square(x), -1, keepdims=True)),
    layer_norm=lambda x: (lambda m, v: (x - m) * tf.math.rsqrt(v + 1e-3) * c(6) + c(6, seed=2))(*tf.nn.moments(x, [-1], keepdims=True)),
    leaky_manual=lambda x: tf.maximum(x, 0.2 * x), add_const_twice=lambda x: (x + c(6)) + c(6, seed=2), mul_const_twice=lambda x: (x * c(6)) * c(6, seed=2),
    relu_of_relu=lambda x: tf.nn.relu(tf.nn.relu(x)), reshape_reshape=lambda x: tf.reshape(tf.reshape(x, [3, 4]), [12]), reshape_same=lambda x: tf.reshape(x, [2, 6]) * 2.0,
    transpose_transpose=lambda x: tf.transpose(tf.transpose(x)) * 2.0, add_zero=lambda x: x + 0.0, mul_one=lambda x: x * 1.0, same_twice=lambda x: tf.exp(x) + tf.exp(x),
    double_neg=lambda x: -(-x), identity_only=lambda x: tf.identity(x), constant_only=lambda x: (x, tf.constant([1.0, 2.0])), two_outputs=lambda x: (x + 1.0, x * 2.0),
    same_output_twice=lambda x: (lambda y: (y, y))(tf.exp(x)), div_const=lambda x: x / 4.0, div_rows=lambda x: x / c(6, low=0.5, high=2), transpose_2d_unit=lambda x: tf.transpose(tf.reshape(x, [1, 12])),
    rsqrt_div=lambda x: 1.0 / tf.sqrt(x + 3.0), neg_add=lambda x: -x + c(6), sub_neg=lambda x: c(6) - (-x), square_sum=lambda x: tf.reduce_sum(x * x, 1), sqdiff=lambda x: tf.square(x - c(6)),
)
for _name, _fn in DENSE.items():
    CASES[_name] = (_fn, [(FLAT, "float32")], -2.0, 2.0)


@case("dense_3d", [2, 3, 6])
def _(x): return tf.tensordot(x, c(6, 4), 1)


@case("dense_3d_batch", [2, 3, 6])
def _(x): return tf.nn.relu(tf.matmul(x, c(6, 4)) + c(4))


@case("einsum_dense", [2, 3, 6])
def _(x): return tf.einsum("abc,cd->abd", x, c(6, 4)) + c(4)


@case("einsum_heads", [2, 3, 6])
def _(x): return tf.einsum("abc,cde->abde", x, c(6, 2, 4))


@case("einsum_scores", [2, 3, 2, 4], [2, 5, 2, 4])
def _(q, k): return tf.einsum("aecd,abcd->acbe", k, q)


@case("einsum_out", [2, 3, 2, 4])
def _(x): return tf.einsum("abcd,cde->abe", x, c(2, 4, 6))


@case("batch_matmul", [2, 3, 4], [2, 4, 5])
def _(a, b): return tf.matmul(a, b)


@case("batch_matmul_transposed", [2, 3, 4], [2, 5, 4])
def _(a, b): return tf.matmul(a, b, transpose_b=True)


@case("batch_matmul_broadcast", [2, 2, 3, 4], [2, 4, 5])
def _(a, b): return tf.matmul(a, b)


@case("matmul_two", [2, 3], [3, 4])
def _(a, b): return tf.matmul(a, b)


@case("batch_matmul_const_3d", [2, 3, 4])
def _(a): return tf.matmul(a, c(2, 4, 5))


@case("attention", [1, 4, 6])
def _(x):
    q, k, v = (tf.matmul(x, c(6, 4, seed=s)) for s in (1, 2, 3))
    return tf.matmul(tf.nn.softmax(tf.matmul(q, k, transpose_b=True) * 0.5), v)


@case("l2_normalize_rows", [3, 4])
def _(x): return tf.nn.l2_normalize(x, 1)


@case("l2_normalize_4d", [1, 2, 2, 4])
def _(x): return tf.nn.l2_normalize(x, -1)


@case("qat_dense", FLAT)
def _(x):
    q = tf.quantization.fake_quant_with_min_max_vars
    w = tf.quantization.fake_quant_with_min_max_vars(c(6, 4), -0.5, 0.5, narrow_range=True)
    return q(tf.nn.relu(tf.matmul(q(x, -2.0, 2.0), w) + c(4)), 0.0, 3.0)


@case("image_preprocess", ([1, 4, 4, 3], "uint8"), low=0, high=255)
def _(x): return tf.cast(x, tf.float32) / 127.5 - 1.0


@case("nchw_block", [1, 4, 6, 6])
def _(x):
    def block(y, seed, stride=1):
        y = tf.nn.conv2d(y, c(3, 3, y.shape[1], 4, seed=seed), [1, 1, stride, stride], "SAME", data_format="NCHW")
        y = tf.raw_ops.FusedBatchNormV3(x=y, scale=c(4, low=0.5, high=2), offset=c(4, seed=2), mean=c(4, seed=3), variance=c(4, seed=4, low=0.5, high=1), is_training=False, data_format="NCHW")[0]
        return tf.nn.relu(y)

    y = tf.nn.relu(block(block(x, 1), 2) + x)
    y = tf.concat([y, tf.sigmoid(y) * c(4, 1, 1)], 1)
    y = tf.pad(y, [[0, 0], [0, 0], [1, 1], [1, 1]])
    y = tf.nn.conv2d(y, c(3, 3, 8, 4), [1, 1, 2, 2], "VALID", data_format="NCHW")
    return tf.matmul(tf.reduce_mean(y, [2, 3]), c(4, 3))


@case("nchw_depthwise", [1, 3, 6, 6])
def _(x):
    y = tf.nn.depthwise_conv2d(x, c(3, 3, 3, 2), [1, 1, 1, 1], "SAME", data_format="NCHW")
    return tf.nn.avg_pool2d(tf.nn.bias_add(y, c(6), data_format="NCHW"), 2, 2, "SAME", data_format="NCHW")


def recurrent(x):
    """A recurrent layer in the manner of Keras: a loop over a TensorArray."""
    steps = tf.TensorArray(tf.float32, 4).unstack(tf.transpose(x, [1, 0, 2]))
    made = tf.TensorArray(tf.float32, 4)
    _, state, made = tf.while_loop(
        lambda i, h, a: i < 4,
        lambda i, h, a: (lambda n: (i + 1, n, a.write(i, n)))(tf.tanh(tf.matmul(steps.read(i), c(3, 5)) + tf.matmul(h, c(5, 5, seed=2)) + c(5))),
        [0, tf.zeros([2, 5]), made],
    )
    return state, tf.transpose(made.stack(), [1, 0, 2])


def counted(x):
    """A loop whose condition is on two counters, and a choice inside it that is known in each round."""
    return tf.while_loop(
        lambda i, j, y: tf.logical_and(i < 10, j > 2),
        lambda i, j, y: (i + 1, j - 2, tf.cond(tf.equal(i % 2, 0), lambda: y * 2.0, lambda: tf.nn.relu(y + 1.0))),
        [0, 9, x],
    )[2]


for _name, _fn, _shape in [("loop_recurrent", recurrent, [2, 4, 3]), ("loop_counted", counted, FLAT)]:
    CASES[_name] = (_fn, [(_shape, "float32")], -2.0, 2.0)
    CASES[_name + "_functions"] = CASES[_name]


def frozen(fn, specs, functions=False):
    f = tf.function(fn).get_concrete_function(*[tf.TensorSpec(s, t, name="x%d" % i) for i, (s, t) in enumerate(specs)])
    return convert_variables_to_constants_v2(f, lower_control_flow=not functions), f


def tensor(name, value):
    value = np.asarray(value, order="C")
    return {"name": name, "dtype": value.dtype.name, "shape": list(value.shape), "data": base64.b64encode(value.tobytes()).decode()}


def converted(f):
    """The operators that TensorFlow's converter writes."""
    try:
        file = tf.lite.TFLiteConverter.from_concrete_functions([f]).convert()
    except Exception as error:
        print("   not convertible:", str(error).split("\n")[0][:110])
        return None
    interpreter = tf.lite.Interpreter(model_content=file, experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    interpreter.allocate_tensors()
    return [op["op_name"] for op in interpreter._get_ops_details()]


def make(name, fn, specs, low, high):
    functions = name.endswith("_functions")
    graph, f = frozen(fn, specs, functions)
    random = np.random.RandomState(7)
    values = []
    for shape, dtype in specs:
        if dtype == "float32":
            values.append(random.uniform(low, high, shape).astype(np.float32))
        else:
            values.append(random.randint(low, high, shape).astype(dtype))
    answers = [a.numpy() for a in graph(*[tf.constant(v) for v in values])]
    definition = graph.graph.as_graph_def()
    for node in definition.node:
        for key in [k for k in node.attr if k.startswith("_")]:
            del node.attr[key]
    if not functions:
        definition.ClearField("library")
    return {
        "name": name,
        "graph": base64.b64encode(definition.SerializeToString()).decode(),
        "inputs": [tensor(t.name[:-2], v) for t, v in zip(graph.inputs, values)],
        "outputs": [tensor(t.name[:-2] if t.name.endswith(":0") else t.name, v) for t, v in zip(graph.outputs, answers)],
        "ops": converted(graph),
    }


if __name__ == "__main__":
    wanted = sys.argv[1:]
    cases = []
    for name, (fn, specs, low, high) in CASES.items():
        if wanted and not any(name.startswith(w) for w in wanted):
            continue
        try:
            made = make(name, fn, specs, low, high)
        except Exception as error:
            print(name, "FAILED", str(error)[:300])
            continue
        cases.append(made)
        print(name, made["ops"], flush=True)
    if not wanted:
        text = json.dumps(cases, separators=(",", ":")).encode()
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases.json.gz"), "wb") as file:
            with gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as packed:
                packed.write(text)
