"""Models of every family of layers, saved by real Keras 3 as .keras and as legacy .h5, with what they answer.

Run with a Python that has TensorFlow 2.21 (Keras 3.15): python make_keras.py [folder]
Writes <name>.keras (the zip deflated, which Keras itself leaves stored), <name>.h5.gz and answers.json.gz.
"""

import gzip
import io
import json
import os
import sys
import zipfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers as L  # noqa: E402

HERE = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
MODELS = {}


def model(build):
    MODELS[build.__name__] = build
    return build


def after(x, *layers):
    for layer in layers:
        x = layer(x)
    return x


@model
def images():
    i = keras.Input((13, 11, 3), name="photo")
    x = after(
        i,
        L.Rescaling(1 / 2.0, offset=-0.25),
        L.ZeroPadding2D(((1, 0), (2, 1))),
        L.Conv2D(6, 3, strides=2, padding="same", use_bias=False),
        L.BatchNormalization(),
        L.ReLU(6.0),
        L.DepthwiseConv2D(3, padding="same", depth_multiplier=2),
        L.BatchNormalization(scale=False),
        L.Activation("swish"),
        L.Conv2D(8, 3, dilation_rate=2, padding="same", groups=2, activation="relu"),
    )
    a = L.MaxPooling2D(2, strides=1, padding="same")(x)
    b = L.AveragePooling2D(3, strides=1, padding="same")(x)
    c = L.SeparableConv2D(8, 3, padding="same", activation="tanh")(x)
    x = L.Concatenate()([a, b, L.SpatialDropout2D(0.2)(c)])
    x = L.Cropping2D(((1, 0), (0, 1)))(x)
    x = L.BatchNormalization(center=False)(x)
    y = L.GlobalMaxPooling2D(keepdims=True)(x)
    y = L.Conv2D(24, 1, activation="hard_sigmoid")(y)
    x = L.Multiply()([x, y])
    return keras.Model(i, [L.GlobalAveragePooling2D(name="pooled")(x), L.Dense(3, activation="softmax", name="classes")(L.Flatten()(x))])


@model
def decoder():
    i = keras.Input((4, 5, 3))
    x = after(
        i,
        L.Conv2DTranspose(5, 3, strides=2, padding="same", activation="elu"),
        L.UpSampling2D(2),
        L.Conv2DTranspose(4, 4, strides=3),
        L.LeakyReLU(negative_slope=0.1),
        L.Resizing(9, 12),
        L.PReLU(shared_axes=[1, 2]),
        L.UpSampling2D((2, 1), interpolation="bilinear"),
        L.GroupNormalization(2),
        L.Conv2DTranspose(2, 3, strides=2, padding="valid", output_padding=1),
        L.CenterCrop(10, 8),
    )
    return keras.Model(i, x)


@model
def channels_first():
    i = keras.Input((3, 9, 8))
    first = {"data_format": "channels_first"}
    x = after(
        i,
        L.ZeroPadding2D(1, **first),
        L.Conv2D(4, 3, **first),
        L.BatchNormalization(axis=1),
        L.DepthwiseConv2D(3, **first, activation="relu"),
        L.AveragePooling2D(2, **first),
    )
    return keras.Model(i, [L.GlobalAveragePooling2D(**first)(x), L.Flatten(**first)(x)])


@model
def series():
    i = keras.Input((12, 4))
    x = after(
        i,
        L.ZeroPadding1D((1, 2)),
        L.Conv1D(6, 3, padding="causal", dilation_rate=2, activation="relu"),
        L.BatchNormalization(),
        L.SeparableConv1D(8, 3, padding="same", strides=1, depth_multiplier=2),
        L.MaxPooling1D(2),
        L.DepthwiseConv1D(3, padding="same"),
        L.AveragePooling1D(2, padding="same"),
        L.UpSampling1D(2),
        L.Cropping1D((1, 1)),
        L.Conv1DTranspose(5, 3, strides=2),
        L.LayerNormalization(),
    )
    a = L.GlobalAveragePooling1D()(x)
    b = L.GlobalMaxPooling1D()(x)
    c = L.Permute((2, 1))(x)
    return keras.Model(i, [L.Subtract()([a, b]), L.Dense(2)(c)])


@model
def volumes():
    i = keras.Input((6, 7, 5, 2))
    x = after(
        i,
        L.ZeroPadding3D(1),
        L.Conv3D(4, 3, strides=(1, 2, 1), padding="same", activation="relu"),
        L.MaxPooling3D(2),
        L.AveragePooling3D((1, 2, 1)),
        L.UpSampling3D(2),
        L.Cropping3D((1, 0, 1)),
        L.Conv3DTranspose(3, 2, strides=2),
        L.BatchNormalization(),
    )
    return keras.Model(i, L.GlobalAveragePooling3D()(x))


@model
def tabular():
    numbers = keras.Input((6,), name="numbers")
    other = keras.Input((4,), name="other")
    norm = L.Normalization()
    norm.adapt(np.random.RandomState(3).rand(50, 6) * 4 + 1)
    x = norm(numbers)
    x = L.Dense(8, activation="gelu")(x)
    shared = L.Dense(8, activation="mish", name="shared")
    y = shared(L.Dense(8, use_bias=False)(other))
    x = shared(x)
    z = L.Average()([x, y, L.Maximum()([x, y])])
    z = L.Add()([z, L.Minimum()([x, y]), L.GaussianNoise(0.1)(x)])
    z = L.UnitNormalization()(z)
    d = L.Dot(axes=-1, normalize=True)([x, z])
    e = L.Dot(axes=(2, 1))([L.Reshape((2, 4))(x), L.Reshape((4, -1))(z)])
    n = L.Normalization(mean=[1.0, 2, 3, 4], variance=[2.0, 1, 0.5, 3])(other)
    return keras.Model(
        {"numbers": numbers, "other": other}, {"near": d, "matrix": e, "normal": n, "sum": L.RepeatVector(3)(z)}
    )


@model
def activations():
    i = keras.Input((2, 7))
    names = [
        "elu", "selu", "softplus", "softsign", "silu", "relu6", "tanh", "sigmoid", "exponential", "hard_sigmoid",
        "hard_silu", "mish", "log_softmax", "softmax", "gelu", "log_sigmoid", "celu", "squareplus", "soft_shrink",
        "hard_shrink", "tanh_shrink", "hard_tanh", "leaky_relu", "linear",
    ]
    outs = [L.Activation(name)(i) for name in names]
    outs += [
        L.ReLU(4.0, negative_slope=0.2, threshold=0.3)(i),
        L.ReLU(2.0)(i),
        L.ELU(0.7)(i),
        L.Softmax(axis=1)(i),
        L.PReLU()(i),
        L.Dense(3, activation=L.LeakyReLU(negative_slope=0.4))(i),
        keras.ops.gelu(i, approximate=True),
        L.Activation("glu")(L.Dense(6)(i)),
        L.RMSNormalization()(i),
        L.LayerNormalization(axis=[1, 2])(i),
        L.LayerNormalization(scale=False, center=False)(i),
    ]
    return keras.Model(i, L.Concatenate()([L.Flatten()(o) for o in outs]))


@model
def recurrent():
    i = keras.Input((5, 4))
    x = L.Bidirectional(L.LSTM(3, return_sequences=True), name="both")(i)
    x = L.GRU(4, return_sequences=True, go_backwards=True)(x)
    x = L.Bidirectional(L.GRU(3, return_sequences=True, reset_after=False), merge_mode="sum")(x)
    x = L.SimpleRNN(4, return_sequences=True, use_bias=False)(x)
    x = L.TimeDistributed(L.Dense(5, activation="relu"))(x)
    a, h, c = L.LSTM(3, return_state=True, recurrent_activation="hard_sigmoid")(x)
    b = L.LSTM(3, use_bias=False)(x, initial_state=[h, c])
    d = L.RNN(L.GRUCell(3))(x)
    return keras.Model(i, [L.Concatenate()([a, h, c, b]), d])


@model
def words():
    i = keras.Input((6,), dtype="int32", name="tokens")
    e = L.Embedding(11, 4, mask_zero=True)(i)
    a = L.LSTM(3)(e)
    b = L.GlobalAveragePooling1D()(L.Dropout(0.3)(e))
    c = L.Bidirectional(L.GRU(3, return_sequences=True))(e)
    d = L.MultiHeadAttention(2, 3)(c, c)
    f = L.Attention(use_scale=True)([e, e])
    g = L.AdditiveAttention()([L.Dense(4)(c), L.Dense(4)(c)])
    h = L.CategoryEncoding(11, output_mode="multi_hot")(i)
    return keras.Model(i, [a, b, d, f, g, h, L.Discretization([1.5, 4.0, 6.5])(keras.ops.cast(i, "float32"))])


@model
def attention():
    i = keras.Input((7, 8))
    x = L.MultiHeadAttention(2, 4, value_dim=3)(i, i, use_causal_mask=True)
    x = L.LayerNormalization(epsilon=1e-6)(L.Add()([i, x]))
    y = L.EinsumDense("abc,cd->abd", output_shape=(None, 6), bias_axes="d", activation="relu")(x)
    z = L.EinsumDense("...x,xy->...y", output_shape=5)(y)
    w = L.EinsumDense("abc,cde->abde", output_shape=(None, 2, 3), bias_axes="de")(y)
    return keras.Model(i, [z, w])


@model
def nested():
    inner = keras.Sequential(
        [keras.Input((6,)), L.Dense(6, activation="relu"), L.BatchNormalization(), L.Dense(6)], name="inner"
    )
    p = keras.Input((6,))
    q = keras.Input((6,))
    twin = keras.Model([p, q], [L.Add()([inner(p), q]), L.Dense(3, name="dense")(q)], name="twin")
    i = keras.Input((6,), name="start")
    frozen = keras.Sequential([L.Dense(6), L.BatchNormalization()], name="frozen")
    x = frozen(i)
    frozen.layers[0].trainable = False
    a, b = twin([i, inner(x)])
    c, d = twin([a, i])
    t = L.TimeDistributed(inner)(L.Reshape((2, 6))(L.Concatenate()([c, i])))
    return keras.Model(i, [c, d, b, t])


@model
def calculations():
    i = keras.Input((4, 6))
    j = keras.Input((4, 6))
    x = (i * 2.0 + j - 1.0) / 3.0
    y = keras.ops.mean(keras.ops.square(x), axis=-1, keepdims=True)
    z = keras.ops.relu(x[:, 1:3, ::2]) + keras.ops.exp(-y[:, :2])
    w = keras.ops.concatenate([x, keras.ops.transpose(keras.ops.reshape(j, (-1, 6, 4)), (0, 2, 1))], axis=1)
    v = keras.ops.maximum(keras.ops.matmul(i, keras.ops.transpose(j, (0, 2, 1))), x[:, 0, None, :4])
    return keras.Model([i, j], [z, w, keras.ops.sum(v, axis=(1, 2)), keras.ops.stack([i, j], axis=1)])


@model
def half():
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        i = keras.Input((4,))
        return keras.Model(i, L.Dense(3, dtype="float32")(L.Dense(5, activation="relu")(i)))
    finally:
        keras.mixed_precision.set_global_policy("float32")


@model
def bfloat():
    i = keras.Input((4,))
    return keras.Model(i, L.Dense(3, dtype="bfloat16")(L.Dense(5, activation="relu", dtype="float16")(i)))


def randomize(m, seed):
    rng = np.random.RandomState(seed)
    for w in m.weights:
        # What a Normalization layer computes with is taken from its weights only when it is loaded.
        if w.path.startswith("normalization") or "int" in str(w.dtype) or "seed" in w.path:
            continue
        shape = tuple(w.shape)
        v = rng.uniform(0.3, 1.5, shape) if "variance" in w.path else rng.normal(0, 0.45, shape)
        w.assign(v)


def plain(x):
    return [float(f"{v:.8g}") for v in np.asarray(x, np.float32).flatten()]


def squeeze_zip(path):
    with zipfile.ZipFile(path) as z:
        files = [(n, z.read(n)) for n in z.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        for name, data in files:
            z.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 9)


def main():
    answers = {}
    only = sys.argv[2:]
    for seed, (name, build) in enumerate(MODELS.items()):
        if only and name not in only:
            continue
        keras.utils.clear_session()
        keras.utils.set_random_seed(seed)
        m = build()
        randomize(m, seed)
        rng = np.random.RandomState(100 + seed)
        feeds = []
        for i in m.inputs:
            shape = (3, *i.shape[1:])
            feeds.append(rng.randint(0, 4, shape) if "int" in i.dtype else rng.normal(0, 1.2, shape).astype("f"))
        given = m.inputs and (dict(zip([i.name for i in m.inputs], feeds)) if isinstance(m.input, dict) else feeds)
        out = m(given if len(feeds) > 1 or isinstance(given, dict) else feeds[0], training=False)
        keys = list(out.keys()) if isinstance(out, dict) else None
        outs = list(out.values()) if keys else out if isinstance(out, (list, tuple)) else [out]
        answers[name] = {
            "inputs": [{"shape": list(f.shape), "data": plain(f)} for f in feeds],
            "outputs": [
                {"shape": list(o.shape), "data": plain(keras.ops.convert_to_numpy(keras.ops.cast(o, "float32")))}
                for o in outs
            ],
            "keys": keys,
        }
        m.save(f"{HERE}/{name}.keras")
        squeeze_zip(f"{HERE}/{name}.keras")
        h5 = f"{HERE}/{name}.h5"
        try:
            m.save(h5)
            with open(h5, "rb") as f, open(h5 + ".gz", "wb") as g:
                g.write(gzip.compress(f.read(), 9, mtime=0))
        except Exception as e:  # noqa: BLE001
            print(name, "no h5:", str(e)[:100])
        if os.path.exists(h5):
            os.remove(h5)
    with open(f"{HERE}/answers.json.gz", "wb") as g:
        g.write(gzip.compress(json.dumps(answers, separators=(",", ":")).encode(), 9, mtime=0))


main()
