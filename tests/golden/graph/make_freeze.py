"""Makes the golden references of the graph helper, with real TensorFlow.

Made with Python 3.11, tensorflow-cpu 2.21.0 (Keras 3.15.1) and Node 24.21:
    python make_freeze.py [NODE]

For each model below, in a folder of its own:
  model.json, weights.bin   topology and weights as TensorFlow.js saves them (random, seeded)
  rows.bin                  100 input rows
  keras.bin                 what Keras answers
  frozen.pb, quantized.pb   what the product writes (write_graphs.ts)
  frozen.bin, quantized.bin what TensorFlow answers when it runs those two files
  transform.pb              frozen.pb after TensorFlow's own quantize_weights graph transform
All .bin are raw little-endian float32.
"""
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
os.environ['CUDA_VISIBLE_DEVICES'] = ''
os.environ['TF_ENABLE_ONEDNN_OPTS'] = '0'
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.util import _pywrap_transform_graph

from run_graph import run_graph

HERE = os.path.dirname(os.path.abspath(__file__))
ROWS = 100

MODELS = {
    # The classifier of the sample journey.
    'classifier': {
        'input': [100],
        'minimum_size': 1024,
        'layers': [
            ('Dense', {'units': 70, 'activation': 'relu'}),
            ('Dropout', {'rate': 0.2}),
            ('Dense', {'units': 50, 'activation': 'relu'}),
            ('Dense', {'units': 25, 'activation': 'softmax'}),
        ],
    },
    # Convolutions and batch normalization.
    'convnet': {
        'input': [12, 13, 2],
        'minimum_size': 100,
        'layers': [
            ('Conv2D', {'filters': 8, 'kernel_size': [3, 3], 'padding': 'same', 'use_bias': False}),
            ('BatchNormalization', {'epsilon': 0.001}),
            ('ReLU', {}),
            ('MaxPooling2D', {'pool_size': [2, 2], 'strides': [2, 2], 'padding': 'same'}),
            ('DepthwiseConv2D', {'kernel_size': [3, 3], 'depth_multiplier': 2, 'padding': 'valid'}),
            ('BatchNormalization', {'epsilon': 0.01, 'scale': False}),
            ('LeakyReLU', {'alpha': 0.1}),
            ('Conv2D', {'filters': 12, 'kernel_size': [3, 2], 'strides': [2, 2], 'padding': 'same', 'activation': 'relu6'}),
            ('AveragePooling2D', {'pool_size': [2, 2], 'strides': [1, 1], 'padding': 'same'}),
            ('Conv2D', {'filters': 16, 'kernel_size': [2, 2], 'dilation_rate': [1, 2], 'padding': 'same', 'activation': 'elu'}),
            ('GlobalAveragePooling2D', {}),
            ('Dense', {'units': 10, 'activation': 'softmax'}),
        ],
    },
    # The other layers and activations.
    'layers': {
        'input': [24],
        'minimum_size': 60,
        'layers': [
            ('Dense', {'units': 36, 'activation': 'tanh'}),
            ('BatchNormalization', {'epsilon': 0.001, 'center': False}),
            ('Activation', {'activation': 'sigmoid'}),
            ('Reshape', {'target_shape': [6, 3, 2]}),
            ('Conv2D', {'filters': 4, 'kernel_size': [2, 2], 'strides': [3, 3], 'padding': 'same', 'activation': 'selu'}),
            ('Flatten', {}),
            ('Dense', {'units': 12, 'activation': 'softplus', 'use_bias': False}),
            ('Reshape', {'target_shape': [4, 3]}),
            ('Dense', {'units': 5, 'activation': 'swish'}),
            ('Flatten', {}),
            ('Dense', {'units': 8, 'activation': 'softsign'}),
            ('ELU', {}),
            ('ReLU', {'max_value': 0.5}),
            ('Dense', {'units': 4}),
            ('Softmax', {}),
        ],
    },
}

# Names of a layer's weights, in the order in which Keras lists them.
WEIGHTS = {
    'Dense': ['kernel', 'bias'],
    'Conv2D': ['kernel', 'bias'],
    'DepthwiseConv2D': ['depthwise_kernel', 'bias'],
    'BatchNormalization': ['gamma', 'beta', 'moving_mean', 'moving_variance'],
}


def keras_layer(kind, config):
    config = dict(config)
    if kind == 'LeakyReLU':
        config['negative_slope'] = config.pop('alpha')
    return getattr(keras.layers, kind)(**config)


def names_of(kind, config):
    left_out = {'bias': 'use_bias', 'gamma': 'scale', 'beta': 'center'}
    return [name for name in WEIGHTS.get(kind, []) if config.get(left_out.get(name), True)]


def random_weight(random, name, shape):
    if name in ('kernel', 'depthwise_kernel'):
        return random.normal(0, 1 / np.sqrt(np.prod(shape[:-1])), shape)
    if name in ('gamma', 'moving_variance'):
        return random.uniform(0.5, 1.5, shape)
    return random.normal(0, 0.3, shape)


def make(folder, spec, seed, node):
    random = np.random.default_rng(seed)
    os.makedirs(folder, exist_ok=True)
    model = keras.Sequential([keras.Input(spec['input'])])
    described, specs, weights = [], [], []
    for index, (kind, config) in enumerate(spec['layers']):
        name = f'{kind.lower()}_{index + 1}'
        layer = keras_layer(kind, {**config, 'name': name})
        model.add(layer)
        first = {'batch_input_shape': [None] + spec['input'], 'dtype': 'float32'} if index == 0 else {}
        described.append({'class_name': kind, 'config': {**first, **config, 'name': name}})
        values = []
        for weight, variable in zip(names_of(kind, config), layer.weights, strict=True):
            value = random_weight(random, weight, variable.shape).astype('<f4')
            values.append(value)
            specs.append({'name': f'{name}/{weight}', 'shape': list(variable.shape), 'dtype': 'float32'})
        layer.set_weights(values) if values else None
        weights += values

    rows = random.normal(0, 1, [ROWS] + spec['input']).astype('<f4')
    path = lambda name: os.path.join(folder, name)
    rows.tofile(path('rows.bin'))
    np.concatenate([value.ravel() for value in weights]).astype('<f4').tofile(path('weights.bin'))
    with open(path('model.json'), 'w') as file:
        json.dump({
            'format': 'layers-model',
            'minimumSize': spec['minimum_size'],
            'modelTopology': {'class_name': 'Sequential', 'config': {'name': 'sequential', 'layers': described}},
            'weightSpecs': specs,
        }, file, indent=1)
        file.write('\n')
    model(rows, training=False).numpy().astype('<f4').tofile(path('keras.bin'))

    ends = json.loads(subprocess.run([node, os.path.join(HERE, 'write_graphs.ts'), folder], check=True, capture_output=True).stdout)
    for graph in ('frozen', 'quantized'):
        answer = run_graph(path(f'{graph}.pb'), ends['input'], rows, ends['output'])
        answer.astype('<f4').tofile(path(f'{graph}.bin'))
    with open(path('frozen.pb'), 'rb') as file:
        transformed = _pywrap_transform_graph.TransformGraphWithStringInputs(
            file.read(), ends['input'].encode(), ends['output'].encode(),
            f"quantize_weights(minimum_size={spec['minimum_size']})".encode())
    with open(path('transform.pb'), 'wb') as file:
        file.write(transformed)

    read = lambda name: np.fromfile(path(name), '<f4')
    print(os.path.basename(folder), 'frozen - keras', np.abs(read('frozen.bin') - read('keras.bin')).max(),
          'quantized - keras', np.abs(read('quantized.bin') - read('keras.bin')).max())


if __name__ == '__main__':
    print('tensorflow', tf.__version__, 'keras', keras.__version__)
    for seed, (name, spec) in enumerate(MODELS.items()):
        make(os.path.join(HERE, name), spec, seed + 1, sys.argv[1] if len(sys.argv) > 1 else 'node')
