"""A net as data becomes Keras layers."""

import keras
import tensorflow as tf

from .messages import Trouble


class Net:
    """
    Layers by name, called in the order in which they stand. Weights are in the order of the layers, and within one as
    Keras has them, which is the order of `weights.bin`.
    """

    def __init__(self, spec: dict):
        self.spec = spec
        self.layers = [(layer, _made(layer)) for layer in spec['layers']]
        self(tf.zeros([1, self._width()]), spec['output'])

    def _width(self) -> int:
        first = self.spec['layers'][0]
        if first['kind'] != 'input':
            raise Trouble('unsupported', 'The first layer of the net is no input.', 'Start the training again.')
        return first['width']

    @property
    def variables(self) -> list:
        """What is taught, as TensorFlow's own variables."""
        return [variable.value for _, layer in self.layers if layer is not None for variable in layer.trainable_variables]

    def __call__(self, features, wanted: str, dropout_seed=None):
        """
        The values of the layer `wanted` for rows `[rows, width]`.
        `dropout_seed`: a pair of whole numbers that decides what is dropped; none: nothing is.
        """
        values: dict = {}
        for place, (spec, layer) in enumerate(self.layers):
            given = [values[name] for name in spec['inputs']]
            values[spec['name']] = _computed(spec, layer, given, features, dropout_seed, place)
            if spec['name'] == wanted:
                return values[wanted]
        raise Trouble('unsupported', f'The net has no layer "{wanted}".', 'Start the training again.')


def _made(spec: dict):
    """The Keras layer, or none where there is nothing to be learned and an operation does it."""
    kind, name = spec['kind'], spec['name']
    if kind == 'dense':
        return keras.layers.Dense(
            spec['units'],
            spec['activation'],
            spec['bias'],
            kernel_initializer='zeros' if spec.get('zeros') else _glorot(spec),
            name=name,
        )
    if kind in ('conv1d', 'conv2d'):
        convolution = keras.layers.Conv1D if kind == 'conv1d' else keras.layers.Conv2D
        return convolution(
            spec['filters'],
            spec['size'],
            spec['strides'],
            spec['padding'],
            activation=spec['activation'],
            kernel_initializer=_glorot(spec),
            name=name,
        )
    if kind == 'gru':
        return keras.layers.GRU(
            spec['units'],
            reset_after=False,
            kernel_initializer=_glorot(spec),
            recurrent_initializer=_glorot(spec, 1),
            name=name,
        )
    if kind == 'embedding-bag':
        return keras.layers.Embedding(spec['entries'], spec['units'], _glorot(spec), name=name)
    if kind == 'max-pool-1d':
        return keras.layers.MaxPooling1D(spec['size'], name=name)
    if kind == 'max-pool-2d':
        return keras.layers.MaxPooling2D(spec['size'], name=name)
    if kind == 'global-average-pool-1d':
        return keras.layers.GlobalAveragePooling1D(name=name)
    if kind == 'global-average-pool-2d':
        return keras.layers.GlobalAveragePooling2D(name=name)
    if kind == 'activation':
        return keras.layers.Activation(spec['activation'], name=name)
    if kind in ('input', 'columns', 'reshape', 'dropout', 'flatten', 'concat', 'add'):
        return None
    raise Trouble(
        'unsupported',
        f'This trainer knows no layer of the kind "{kind}".',
        'Train on this computer, or with a trainer image of the same version as the program.',
    )


def _glorot(spec: dict, more: int = 0):
    return keras.initializers.GlorotUniform(seed=(spec['seed'] + more) % 2**31)


def _computed(spec: dict, layer, given: list, features, dropout_seed, place: int):
    kind = spec['kind']
    if kind == 'input':
        return features
    if kind == 'columns':
        return given[0][..., spec['from'] : spec['to']]
    if kind == 'reshape':
        return tf.reshape(given[0], [-1, *spec['shape']])
    if kind == 'flatten':
        return tf.reshape(given[0], [tf.shape(given[0])[0], _size(given[0])])
    if kind == 'concat':
        return tf.concat(_alike(given), -1)
    if kind == 'add':
        return tf.add_n(_alike(given))
    if kind == 'dropout':
        return given[0] if dropout_seed is None else _dropped(given[0], spec['rate'], dropout_seed, place)
    if kind == 'embedding-bag':
        return _bag(layer, given[0])
    return layer(given[0])


def _size(values) -> int:
    size = 1
    for length in values.shape[1:]:
        size *= length
    return size


def _alike(values: list) -> list:
    """In mixed precision what comes straight from the features is still in 32 bits."""
    least = min((value.dtype for value in values), key=lambda dtype: dtype.size)
    return [tf.cast(value, least) for value in values]


def _dropped(values, rate: float, seed, place: int):
    """Inverted dropout (Srivastava et al., 2014), whose masks the seed decides: what goes on draws what it would have."""
    drawn = tf.random.stateless_uniform(tf.shape(values), tf.stack([seed[0], seed[1] + place]))
    return tf.where(drawn < rate, tf.zeros_like(values), values / tf.cast(1 - rate, values.dtype))


def _bag(layer, features):
    """The mean of the rows of the table that the numbers name; 0 names none."""
    places = tf.cast(features, tf.int32)
    rows = layer(places)
    there = tf.cast(tf.not_equal(places, 0), rows.dtype)
    return tf.reduce_sum(rows * there[..., None], -2) / tf.maximum(tf.reduce_sum(there, -1, keepdims=True), 1)
