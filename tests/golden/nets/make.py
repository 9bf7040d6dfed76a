"""Makes own.json: what Keras computes with the layers that Edgewright adds to it, for a net that mixes both.

make.py FOLDER, with TensorFlow 2.21 (Keras 3).
"""
import json
import sys

import keras
import numpy as np


@keras.saving.register_keras_serializable(package='Edgewright')
class Columns(keras.layers.Layer):
    def __init__(self, start, stop, **rest):
        super().__init__(**rest)
        self.start, self.stop = start, stop

    def call(self, x):
        return x[..., self.start : self.stop]


@keras.saving.register_keras_serializable(package='Edgewright')
class EmbeddingBag(keras.layers.Layer):
    def __init__(self, entries, units, **rest):
        super().__init__(**rest)
        self.entries, self.units = entries, units

    def build(self, _):
        self.table = self.add_weight(shape=(self.entries, self.units), name='embeddings')

    def call(self, x):
        places = keras.ops.cast(x, 'int32')
        there = keras.ops.cast(places != 0, 'float32')
        total = keras.ops.sum(keras.ops.take(self.table, places, axis=0) * there[..., None], axis=-2)
        return keras.ops.divide_no_nan(total, keras.ops.sum(there, axis=-1, keepdims=True))


keras.utils.set_random_seed(7)
features = keras.Input((7,))
bag = EmbeddingBag(7, 3, name='bag')(Columns(2, 7)(features))
logits = keras.layers.Dense(2, name='logits')(keras.layers.Concatenate()([Columns(0, 2)(features), bag]))
model = keras.Model(features, logits)
rows = np.array(
    [[0.5, -1, 1, 2, 2, 0, 0], [1, 2, 0, 0, 0, 0, 0], [-0.25, 0, 6, 5, 4, 3, 2]], np.float32
)
numbers = lambda values: np.asarray(values, np.float64).ravel().tolist()
with open(f'{sys.argv[1]}/own.json', 'w') as file:
    json.dump(
        {
            'rows': rows.tolist(),
            'weights': [numbers(weight) for weight in model.get_weights()],
            'answers': numbers(model(rows)),
        },
        file,
    )
    file.write('\n')
