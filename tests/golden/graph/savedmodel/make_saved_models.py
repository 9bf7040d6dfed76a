"""Makes the golden SavedModels and checkpoints, with real TensorFlow.

Made with Python 3.11, tensorflow-cpu 2.21.0 (Keras 3.15.1):
    python make_saved_models.py [FOLDER [more]]

Each model gets a folder with `model/`, what TensorFlow wrote, and `answers.json`: inputs, what TensorFlow answers to them,
and for checkpoints the values of the variables. With `more`, larger ones come beside, which are not kept in the repository.
"""
import json
import os
import shutil
import sys

sys.dont_write_bytecode = True
os.environ['CUDA_VISIBLE_DEVICES'] = ''
os.environ['TF_ENABLE_ONEDNN_OPTS'] = '0'
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'

import keras
import numpy as np
import tensorflow as tf

OUT = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(5)
layers = keras.layers
tf1 = tf.compat.v1


def normal(*shape):
    return random.normal(0, 0.5, shape).astype('f')


def place(name):
    folder = os.path.join(OUT, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(os.path.join(folder, 'model'))
    return folder, os.path.join(folder, 'model')


def told(values):
    return {
        key: {'dtype': str(value.dtype), 'shape': list(value.shape), 'data': value.ravel().tolist()}
        for key, value in values.items()
    }


def answer(folder, **parts):
    with open(os.path.join(folder, 'answers.json'), 'w') as file:
        json.dump({name: told(values) for name, values in parts.items()}, file)


def finish(folder, model, inputs):
    for name in ('fingerprint.pb',):
        if os.path.exists(os.path.join(model, name)):
            os.remove(os.path.join(model, name))
    serve = tf.saved_model.load(model).signatures['serving_default']
    outputs = serve(**{key: tf.constant(value) for key, value in inputs.items()})
    answer(folder, inputs=inputs, outputs={key: value.numpy() for key, value in outputs.items()})


def export(name, model, shape):
    for weight in model.weights:
        if 'variance' in weight.path:
            weight.assign(random.uniform(0.5, 1.5, weight.shape))
        elif 'float' in str(weight.dtype):
            weight.assign(normal(*weight.shape))
    folder, path = place(name)
    model.export(path, input_signature=[tf.TensorSpec(shape)], verbose=False)
    finish(folder, path, {'args_0': normal(*shape)})


def convnet():
    """Keras 3: three handles for each variable, the tensor stored twice."""
    image = keras.Input([8, 8, 2])
    x = layers.Conv2D(4, 3, use_bias=False, name='first')(image)
    x = layers.BatchNormalization(name='norm')(x)
    x = layers.ReLU(name='bend')(x)
    x = layers.GlobalAveragePooling2D(name='mean')(x)
    export('convnet', keras.Model(image, layers.Dense(3, activation='softmax', name='last')(x)), [2, 8, 8, 2])


class Functions(tf.Module):
    """Functions that call functions, a choice, a loop, a switch: all of them given handles of variables."""

    def __init__(self):
        self.kernel = tf.Variable(normal(3, 3), name='same')
        self.bias = tf.Variable(normal(3), name='same')
        self.times = tf.Variable(2)
        self.table = tf.Variable(normal(6, 3))

    @tf.function
    def linear(self, x):
        return tf.matmul(x, self.kernel) + self.bias

    @tf.function
    def deep(self, x):
        return self.linear(tf.nn.relu(self.linear(x)))

    @tf.function(input_signature=[tf.TensorSpec([None, 3]), tf.TensorSpec([], tf.int32)])
    def __call__(self, x, k):
        if tf.reduce_sum(x) > 0:
            y = self.deep(x)
        else:
            y = self.linear(x) * 2.0
        i = tf.constant(0)
        while i < self.times + k:
            y = self.linear(y) * 0.5 + tf.gather(self.table, i)
            i += 1
        mean, variance = tf.nn.moments(y, [0])
        top = tf.math.top_k(y, 2)
        switched = tf.switch_case(k, [lambda: self.kernel * 1.0, lambda: tf.transpose(self.kernel)])
        rows = tf.nn.embedding_lookup(self.table, [0, 2, 5])
        return {
            'y': y, 'mean': mean, 'variance': variance, 'third': tf.split(y, 3, axis=1)[2], 'x': x,
            'where': top.indices, 'top': top.values, 'switched': switched, 'rows': rows, 'size': tf.shape(self.table),
        }


def functions():
    folder, path = place('functions')
    tf.saved_model.save(Functions(), path)
    finish(folder, path, {'x': normal(2, 3), 'k': np.int32(1)})


class Words(tf.Module):
    """A vocabulary, which cannot be frozen."""

    def __init__(self):
        keys, values = tf.constant(['a', 'b', 'c']), tf.constant([0, 1, 2], tf.int64)
        self.words = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(keys, values), 3)
        self.vectors = tf.Variable(normal(4, 2), name='vectors')

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def __call__(self, words):
        return {'vectors': tf.gather(self.vectors, self.words.lookup(words))}


def words():
    _, path = place('words')
    tf.saved_model.save(Words(), path)
    if os.path.exists(os.path.join(path, 'fingerprint.pb')):
        os.remove(os.path.join(path, 'fingerprint.pb'))


def in_session(build, write):
    with tf.Graph().as_default(), tf1.Session(config=tf1.ConfigProto(device_count={'CPU': 2})) as session:
        inputs, outputs = build()
        session.run(tf1.global_variables_initializer())
        answers = session.run(outputs, {f'{key}:0': value for key, value in inputs.items()})
        values = session.run({variable.op.name: variable for variable in tf1.global_variables()})
        write(session, inputs, outputs, answers, values)


def loop():
    """TF1's loops and choices, through which the handle of a variable goes."""
    tf1.disable_control_flow_v2()

    def build():
        x = tf1.placeholder(tf.float32, [2, 3], 'x')
        with tf1.variable_scope('cell', use_resource=True):
            w = tf1.get_variable('w', initializer=normal(3, 3))
        y = tf.while_loop(lambda i, _: i < 3, lambda i, a: (i + 1, tf.tanh(tf.matmul(a, w))), [0, x])[1]
        z = tf.cond(tf.reduce_sum(y) > 0, lambda: y @ w, lambda: y - w.read_value()[0])
        return {'x': normal(2, 3)}, {'z': tf.identity(z, 'z')}

    def write(session, inputs, outputs, answers, _):
        folder, path = place('loop')
        os.rmdir(path)
        graph = tf1.get_default_graph()
        tf1.saved_model.simple_save(session, path, {key: graph.get_tensor_by_name(f'{key}:0') for key in inputs}, outputs)
        answer(folder, inputs=inputs, outputs=answers)

    in_session(build, write)
    tf1.enable_control_flow_v2()


def checkpoints():
    """Training graphs of TF1, with a variable in parts along rows, one along columns, in several files, of both versions."""

    def build():
        x = tf1.placeholder(tf.float32, [None, 4], 'x')
        y = tf1.placeholder(tf.float32, [None, 5], 'y')
        keep = tf1.placeholder_with_default(1.0, [], 'keep')
        with tf.device('/device:CPU:0'):
            first = tf1.get_variable('first', initializer=normal(4, 3))
        with tf.device('/device:CPU:1'):
            second = tf1.get_variable('second', initializer=normal(3, 2))
        with tf1.variable_scope('rows', partitioner=tf1.fixed_size_partitioner(3)):
            rows = tf1.get_variable('rows', [7, 2], initializer=tf1.random_normal_initializer(seed=1))
        with tf1.variable_scope('columns', partitioner=tf1.fixed_size_partitioner(2, axis=1)):
            columns = tf1.get_variable('columns', [2, 5], initializer=tf1.random_normal_initializer(seed=2))
        logits = tf.matmul(tf.nn.relu(x @ first) * keep @ second, columns, name='logits') + tf.reduce_sum(rows)
        answers = tf.nn.softmax(logits, name='answers')
        loss = tf.reduce_mean(tf.square(logits - y), name='loss')
        step = tf1.train.get_or_create_global_step()
        tf1.train.GradientDescentOptimizer(0.1).minimize(loss, global_step=step, var_list=[first, second])
        return {'x': normal(2, 4)}, {'answers': answers}

    def write(session, inputs, _, answers, values):
        for version in (1, 2):
            folder, path = place(f'checkpoint_v{version}')
            saver = tf1.train.Saver(sharded=True, write_version=version)
            saver.save(session, os.path.join(path, 'model.ckpt'), global_step=3)
            saver.save(session, os.path.join(path, 'model.ckpt'), global_step=12, write_meta_graph=True)
            for name in os.listdir(path):
                if 'ckpt-3' in name:
                    os.remove(os.path.join(path, name))
            # The folder was moved since: its list names a place that is not there.
            with open(os.path.join(path, 'checkpoint')) as file:
                said = file.read().replace(path, '/somewhere/else')
            with open(os.path.join(path, 'checkpoint'), 'w') as file:
                file.write(said)
            answer(folder, inputs=inputs, outputs=answers, variables=values)

    in_session(build, write)


def more():
    """Larger, and made anew each time: a loop over time, functions with gradients of their own, depthwise convolutions."""
    series = [keras.Input([5, 3]), layers.LSTM(4, return_sequences=True), layers.GRU(3), layers.Dense(2)]
    export('lstm', keras.Sequential(series), [2, 5, 3])
    image = keras.Input([16, 16, 3])
    x = layers.Conv2D(8, 3, activation='swish')(image)
    x = layers.DepthwiseConv2D(3, activation='gelu')(layers.BatchNormalization()(x))
    export('swish', keras.Model(image, layers.Dense(4)(layers.GlobalMaxPooling2D()(x))), [1, 16, 16, 3])


if __name__ == '__main__':
    for make in (convnet, functions, words, loop, checkpoints):
        make()
    if sys.argv[2:] == ['more']:
        more()
