"""Makes the golden TensorFlow Lite files, with real TensorFlow.

Made with Python 3.11 and tensorflow-cpu 2.21.0 (Keras 3.15.1):
    python make_tflite.py

For each model NAME.tflite, as TensorFlow's own converter writes it, and NAME.json with what TensorFlow Lite's own
interpreter answers: {"inputs": [...], "outputs": [...]}, each {"name", "dtype", "shape", "data"} with the elements in
base64, little-endian.
"""
import base64
import io
import json
import os
import sys
import tempfile
import zipfile

sys.dont_write_bytecode = True
os.environ['CUDA_VISIBLE_DEVICES'] = ''
os.environ['TF_ENABLE_ONEDNN_OPTS'] = '0'
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'

import keras
import numpy as np
import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))
L = keras.layers
random = np.random.default_rng(7)


def convnet():
    """The operators of MobileNet: all kinds of quantization have something to do."""
    keras.utils.set_random_seed(1)
    x = inputs = keras.Input((12, 12, 3), batch_size=1, name='image')
    x = L.Conv2D(12, 3, strides=2, padding='same', use_bias=False, name='stem')(x)
    x = L.BatchNormalization(name='stem_bn')(x)
    x = y = L.ReLU(6.0)(x)
    x = L.DepthwiseConv2D(3, padding='same', use_bias=False, name='dw')(x)
    x = L.BatchNormalization(name='dw_bn')(x)
    x = L.ReLU()(x)
    x = L.Conv2D(12, 3, padding='same', name='wide')(x)
    x = L.Add()([x, y])
    x = L.ZeroPadding2D(((0, 1), (0, 1)))(x)
    x = L.MaxPooling2D(2)(x)
    x = L.Concatenate()([x, L.AveragePooling2D(2)(y)])
    x = L.GlobalAveragePooling2D()(x)
    x = L.Dense(48, activation='relu', name='hidden')(x)
    x = L.Dense(24, activation='tanh', name='narrow')(x)
    x = L.Dense(5, activation='softmax', name='classes')(x)
    model = keras.Model(inputs, x)
    for layer in model.layers:
        if isinstance(layer, L.BatchNormalization):
            shape = layer.gamma.shape
            layer.set_weights([random.uniform(0.5, 1.5, shape), random.normal(size=shape),
                               random.normal(size=shape) * 0.1, random.uniform(0.5, 2, shape)])
    return model


def tabular():
    """An open batch size, normalization over features, and activations that are several operators."""
    keras.utils.set_random_seed(2)
    x = inputs = keras.Input((10,), name='features')
    x = L.Dense(16, activation='gelu')(x)
    x = L.LayerNormalization()(x)
    x = L.Dense(8, activation='elu')(x)
    x = L.PReLU(alpha_initializer=keras.initializers.Constant(0.2))(x)
    x = L.Dense(8, activation='leaky_relu')(x)
    x = L.Reshape((2, 4))(x)
    x = L.Dense(3)(x)
    return keras.Model(inputs, L.Dense(1, activation='sigmoid')(L.Flatten()(x)))


def recurrent():
    """A loop, which stays one in TensorFlow Lite."""
    keras.utils.set_random_seed(3)
    inputs = keras.Input((4, 3), batch_size=1, name='steps')
    return keras.Model(inputs, L.Dense(2)(L.LSTM(4)(inputs)))


F = tf.float32
SPEC = tf.TensorSpec


@tf.function(input_signature=[SPEC([1, 6, 6, 4], F, 'x'), SPEC([1, 6, 6, 4], F, 'y')])
def elements(x, y):
    p = tf.abs(x) + 0.5
    one = tf.nn.relu(x - y) * tf.maximum(x, y) / p + tf.minimum(x, 0.25)
    two = tf.exp(-p) + tf.math.log(p) + tf.sqrt(p) * tf.math.rsqrt(p + 1.0) + tf.square(x)
    three = tf.math.squared_difference(x, y) + tf.math.pow(p, y) - tf.nn.relu6(x * 4.0) + tf.floor(x * 3.0)
    four = tf.where(tf.logical_or(x > y, tf.logical_not(x <= 0.1)), tf.sin(x), tf.cos(y))
    five = tf.sign(x) + tf.math.ceil(y) + tf.round(x * 5.0) + tf.math.floormod(x, 0.3) + tf.math.floordiv(y, 0.7)
    six = tf.nn.elu(x) + tf.nn.leaky_relu(y, 0.3) + tf.tanh(x) + tf.sigmoid(y) + tf.nn.relu6(x + 3.0) * x / 6.0
    seven = tf.where(tf.logical_and(x < y, tf.not_equal(x, y)), x, -y) + tf.cast(tf.equal(x, x), F)
    eight = tf.clip_by_value(x * 2.0, -1.0, 1.0) + tf.nn.gelu(y) + tf.nn.gelu(x, approximate=True)
    return {'one': one, 'two': two, 'three': three, 'four': four, 'five': five, 'six': six, 'seven': seven,
            'eight': eight}


@tf.function(input_signature=[SPEC([1, 6, 6, 4], F, 'x')])
def shapes(x):
    flat = tf.reshape(x, [6, 24])
    left, right = tf.split(x, 2, axis=3)
    first, second, third = tf.split(flat, [4, 8, 12], axis=1)
    rows = tf.unstack(flat, axis=0)
    return {
        'transposed': tf.transpose(x, [0, 2, 3, 1]),
        'sliced': tf.slice(x, [0, 1, 2, 0], [1, 3, 4, 2]),
        'strided': x[:, ::2, 1:5:3, -1],
        'reversed': tf.reverse(x[:, 5:0:-2], [2]),
        'joined': tf.concat([left * 2.0, right], axis=1),
        'parts': tf.concat([second, first], 1) + third,
        'packed': tf.stack([rows[0], rows[3], rows[5]], axis=1),
        'gathered': tf.gather(flat, [3, 0, 5], axis=1),
        'points': tf.gather_nd(flat, [[0, 1], [5, 23]]),
        'tiled': tf.tile(flat[:2, :3], [2, 3]),
        'padded': tf.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]]),
        'filled': tf.pad(x, [[0, 0], [1, 0], [0, 0], [2, 0]], constant_values=3.5),
        'mirrored': tf.pad(x, [[0, 0], [2, 1], [1, 1], [0, 0]], mode='REFLECT'),
        'deep': tf.nn.space_to_depth(x, 2),
        'shallow': tf.nn.depth_to_space(x, 2),
        'batches': tf.space_to_batch(x, [2, 3], [[0, 0], [0, 0]]),
        'squeezed': tf.expand_dims(tf.squeeze(x, [0]), 2),
        'wide': tf.broadcast_to(flat[:1], [3, 24]),
        'hot': tf.one_hot(tf.argmax(flat, axis=1), 24, on_value=2.0, off_value=-1.0),
        'least': tf.cast(tf.argmin(flat, axis=0, output_type=tf.int32), F),
        'summed': tf.reduce_sum(x, [1, 2]) + tf.reduce_prod(x[:, :2, :1], [1, 2]),
        'extremes': tf.reduce_max(x, 3, keepdims=True) - tf.reduce_min(x, [3], keepdims=True),
        'running': tf.cumsum(flat, axis=1),
        'best': tf.math.top_k(flat, 3).values,
    }


@tf.function(input_signature=[SPEC([1, 8, 8, 4], F, 'x')])
def windows(x):
    w = lambda *shape: tf.constant(random.normal(size=shape), F)
    dilated = tf.nn.conv2d(x, w(3, 3, 4, 6), 1, 'SAME', dilations=2)
    grouped = tf.nn.conv2d(x, w(3, 2, 2, 6), [1, 2, 1, 1], 'VALID')
    deep = tf.nn.depthwise_conv2d(x, w(3, 3, 4, 2), [1, 2, 2, 1], 'SAME')
    wide = tf.nn.depthwise_conv2d(x, w(3, 3, 4, 1), [1, 1, 1, 1], 'VALID', dilations=[2, 2])
    up = tf.nn.conv2d_transpose(x, w(3, 3, 5, 4), [1, 16, 16, 5], 2, 'SAME')
    same = tf.nn.relu(tf.nn.avg_pool2d(x, 3, 2, 'SAME'))
    most = tf.nn.max_pool2d(x, [3, 2], [2, 1], 'VALID')
    rows = tf.reshape(x, [8, 32])
    return {
        'dilated': tf.nn.relu(dilated + w(6)), 'grouped': grouped, 'deep': deep + w(8), 'wide': wide, 'up': up,
        'same': same, 'most': most,
        'half': tf.image.resize(x, [5, 11]), 'corners': tf.compat.v1.image.resize_bilinear(x, [13, 5], True),
        'old': tf.compat.v1.image.resize_bilinear(x, [12, 4]),
        'near': tf.image.resize(x, [12, 6], method='nearest'),
        'nearest': tf.compat.v1.image.resize_nearest_neighbor(x, [12, 4]),
        'soft': tf.nn.softmax(x), 'log': tf.nn.log_softmax(rows), 'unit': tf.nn.l2_normalize(rows, -1),
        'dense': tf.nn.relu(tf.matmul(rows, w(32, 7)) + w(7)), 'deeper': tf.matmul(tf.reshape(x, [2, 4, 32]), w(32, 3)),
        'product': tf.matmul(tf.reshape(x, [2, 4, 32]), tf.reshape(x, [2, 4, 32]) * 0.1, transpose_b=True),
        'local': tf.nn.local_response_normalization(x, 2, 1.0, 0.5, 0.75),
    }


@tf.function(input_signature=[SPEC([2, 5], tf.int32, 'ids'), SPEC([2, 5], tf.bool, 'mask')])
def whole(ids, mask):
    table = tf.constant(random.normal(size=(11, 4)), F)
    found = tf.gather(table, ids) * tf.cast(tf.expand_dims(mask, 2), F)
    return {'found': found, 'sum': ids + 3, 'any': tf.logical_not(mask), 'wide': tf.cast(ids, tf.int64) * 2}


def options(model, name, shape):
    converter = tf.lite.TFLiteConverter.from_saved_model(model)
    if name != 'float':
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if name == 'float16':
        converter.target_spec.supported_types = [tf.float16]
    if name in ('int8', 'int8io', 'int16'):
        rows = random.uniform(-1, 1, (40, *shape)).astype(np.float32)
        converter.representative_dataset = lambda: ([row[None]] for row in rows)
        builtins = tf.lite.OpsSet.TFLITE_BUILTINS_INT8
        if name == 'int16':
            builtins = tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
        converter.target_spec.supported_ops = [builtins]
    if name == 'int8io':
        converter.inference_input_type = converter.inference_output_type = tf.int8
    return converter.convert()


def answers(content, name, batch=None):
    interpreter = tf.lite.Interpreter(model_content=content)
    details = interpreter.get_input_details()
    if batch:
        for detail in details:
            interpreter.resize_tensor_input(detail['index'], [batch, *detail['shape'][1:]])
    interpreter.allocate_tensors()
    seeded = np.random.default_rng(11)
    signature = next(iter(interpreter.get_signature_list().values()), None)

    def told(detail, value):
        return {'name': detail['name'], 'dtype': np.dtype(detail['dtype']).name, 'shape': list(value.shape),
                'data': base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()}

    feeds = []
    for detail in interpreter.get_input_details():
        shape, dtype = detail['shape'], detail['dtype']
        if dtype == np.float32:
            value = seeded.uniform(-1, 1, shape).astype(np.float32)
        elif dtype == np.bool_:
            value = seeded.integers(0, 2, shape).astype(np.bool_)
        elif dtype == np.int32:
            value = seeded.integers(0, 11, shape).astype(np.int32)
        else:
            value = seeded.integers(-128, 128, shape).astype(dtype)
        interpreter.set_tensor(detail['index'], value)
        feeds.append(told(detail, value))
    interpreter.invoke()
    results = [told(detail, interpreter.get_tensor(detail['index'])) for detail in interpreter.get_output_details()]
    told_json = {'signature': signature, 'inputs': feeds, 'outputs': results}
    with open(os.path.join(HERE, f'{name}.json'), 'w') as file:
        json.dump(told_json, file)


def keep(content, name, batch=None):
    with open(os.path.join(HERE, f'{name}.tflite'), 'wb') as file:
        file.write(content)
    answers(content, name, batch)
    print(name, len(content))


def with_labels(content):
    """Labels behind the file, in the way of TensorFlow Lite's metadata: a zip that counts from the file's start."""
    file = io.BytesIO(content)
    with zipfile.ZipFile(file, 'a') as packed:
        packed.writestr(zipfile.ZipInfo('labels.txt'), 'cat\ndog\nhen\ncow\npig\n')
    return file.getvalue()


def main():
    with tempfile.TemporaryDirectory() as folder:
        convnet().export(folder, verbose=False, input_signature=[SPEC([1, 12, 12, 3], F)])
        for kind in ['float', 'float16', 'dynamic', 'int8', 'int8io', 'int16']:
            content = options(folder, kind, (12, 12, 3))
            keep(content, f'convnet_{kind}')
            if kind == 'int8':
                with open(os.path.join(HERE, 'labels.tflite'), 'wb') as file:
                    file.write(with_labels(content))
    for name, model, shape in [('tabular', tabular(), [None, 10]), ('recurrent', recurrent(), [1, 4, 3])]:
        with tempfile.TemporaryDirectory() as folder:
            model.export(folder, verbose=False, input_signature=[SPEC(shape, F)])
            keep(options(folder, 'float', ()), name, batch=3 if name == 'tabular' else None)
    for function in [elements, shapes, windows]:
        with tempfile.TemporaryDirectory() as folder:
            module = tf.Module()
            module.function = function
            tf.saved_model.save(module, folder, signatures=function)
            keep(options(folder, 'float', ()), function.python_function.__name__)
    # One without a signature.
    keep(tf.lite.TFLiteConverter.from_concrete_functions([whole.get_concrete_function()]).convert(), 'whole')


main()
