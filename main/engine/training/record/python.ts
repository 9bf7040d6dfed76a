import type { Run } from '#contract'
import type { NetLayer, NetSpec } from '../trainers/index.ts'
import { FILES } from '../work.ts'

/** A text, number, truth or list as Python writes it. */
function py(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (Array.isArray(value)) return `[${value.map(py).join(', ')}]`
  return JSON.stringify(value)
}

const glorot = (seed: number) => `keras.initializers.GlorotUniform(seed=${seed % 2 ** 31})`

/** One layer as an expression of what goes into it. */
function layerOf(layer: NetLayer, named: (name: string) => string): string {
  const given = layer.inputs.map(named)
  const [x = ''] = given
  const name = `name=${py(layer.name)}`
  switch (layer.kind) {
    case 'input':
      return `keras.Input([${layer.width}], ${name})`
    case 'columns':
      return `${x}[..., ${layer.from}:${layer.to}]`
    case 'reshape':
      return `layers.Reshape(${py(layer.shape)}, ${name})(${x})`
    case 'dense':
      return `layers.Dense(${layer.units}, ${py(layer.activation)}, ${py(layer.bias)}, ${glorot(layer.seed)}, ${name})(${x})`
    case 'dropout':
      return `layers.Dropout(${layer.rate}, ${name})(${x})`
    case 'conv1d':
    case 'conv2d':
      return `layers.${layer.kind === 'conv1d' ? 'Conv1D' : 'Conv2D'}(${layer.filters}, ${layer.size}, ${layer.strides}, ${py(layer.padding)}, activation=${py(layer.activation)}, kernel_initializer=${glorot(layer.seed)}, ${name})(${x})`
    case 'gru':
      return `layers.GRU(${layer.units}, reset_after=False, kernel_initializer=${glorot(layer.seed)}, recurrent_initializer=${glorot(layer.seed + 1)}, ${name})(${x})`
    case 'max-pool-1d':
      return `layers.MaxPooling1D(${layer.size}, ${name})(${x})`
    case 'max-pool-2d':
      return `layers.MaxPooling2D(${layer.size}, ${name})(${x})`
    case 'global-average-pool-1d':
      return `layers.GlobalAveragePooling1D(${name})(${x})`
    case 'global-average-pool-2d':
      return `layers.GlobalAveragePooling2D(${name})(${x})`
    case 'flatten':
      return `layers.Flatten(${name})(${x})`
    case 'embedding-bag':
      return `Bag(${layer.entries}, ${layer.units}, ${layer.seed % 2 ** 31}, ${name})(${x})`
    case 'concat':
      return given.length > 1 ? `layers.Concatenate(${name})([${given.join(', ')}])` : x
    case 'add':
      return given.length > 1 ? `layers.Add(${name})([${given.join(', ')}])` : x
    case 'activation':
      return `layers.Activation(${py(layer.activation)}, ${name})(${x})`
  }
}

const BAG = `
class Bag(layers.Layer):
    """The mean of the rows of a table that the numbers name; 0 names none."""

    def __init__(self, entries, units, seed, **more):
        super().__init__(**more)
        self.table = layers.Embedding(entries, units, keras.initializers.GlorotUniform(seed=seed))

    def call(self, features):
        places = keras.ops.cast(features, "int32")
        there = keras.ops.cast(keras.ops.not_equal(places, 0), "float32")
        rows = self.table(places) * there[..., None]
        return keras.ops.sum(rows, -2) / keras.ops.maximum(keras.ops.sum(there, -1, keepdims=True), 1.0)

`

const LOSSES = {
  binary: [
    'keras.losses.BinaryCrossentropy(from_logits=True)',
    'keras.metrics.BinaryAccuracy("accuracy", threshold=0.0)',
  ],
  multiclass: [
    'keras.losses.SparseCategoricalCrossentropy(from_logits=True)',
    'keras.metrics.SparseCategoricalAccuracy("accuracy")',
  ],
  regression: ['keras.losses.MeanSquaredError()', null],
} as const

/** A run of one of our trainers as a program for Keras 3, on the encoded rows that `training export` writes. */
export function pythonOf({ id, plan, task }: Run, net: NetSpec): string {
  const names = new Map(net.layers.map((layer, i) => [layer.name, `x${i}`]))
  const named = (name: string) => names.get(name) ?? 'None'
  const [loss, accuracy] = LOSSES[task]
  const first = net.layers[0]
  return `"""
${plan.name}, ${id}: the same training with Keras 3.

Write the rows as they were encoded with
    edgewright training export ${id} --to FOLDER
and run
    python train.py FOLDER
"""

import json
import math
import pathlib
import sys

import keras
import numpy as np
from keras import layers

EPOCHS, BATCH, SEED = ${plan.epochs}, ${plan.batch}, ${plan.seed}
RATE, SCHEDULE, WARMUP = ${plan.learningRate}, ${py(plan.schedule)}, ${plan.warmup}
PATIENCE = ${plan.patience}

folder = pathlib.Path(sys.argv[1])
work = json.loads((folder / "${FILES.work}").read_text())


def rows(split):
    count, width = work["rows"][split], work["inputs"]
    features = np.fromfile(folder / f"{split}.features.f32", "<f4").reshape(count, width)
    labels = np.fromfile(folder / f"{split}.labels.f32", "<f4")
    return features, labels


class Rate(keras.optimizers.schedules.LearningRateSchedule):
    """The learning rate of each step: it rises over the warm-up, then follows its schedule."""

    def __init__(self, per_epoch):
        self.rising = round(WARMUP * per_epoch)
        self.falling = max(1, EPOCHS * per_epoch - self.rising)

    def __call__(self, step):
        ops = keras.ops
        step = ops.cast(step, "float32")
        share = ops.clip((step - self.rising) / self.falling, 0.0, 1.0)
        shapes = {
            "constant": lambda: 1.0,
            "cosine": lambda: (1 + ops.cos(math.pi * share)) / 2,
            "exponential": lambda: 0.01**share,
            "step": lambda: 0.1 ** ops.minimum(2.0, ops.floor(share * 3)),
        }
        after = RATE * shapes[SCHEDULE]()
        return ops.where(step < self.rising, RATE * (step + 1) / max(1, self.rising), after)

${net.layers.some(layer => layer.kind === 'embedding-bag') ? BAG : ''}
keras.utils.set_random_seed(SEED)
${net.layers.map(layer => `${named(layer.name)} = ${layerOf(layer, named)}`).join('\n')}
taught = keras.Model(${first ? named(first.name) : 'None'}, ${named(net.logits)})
model = keras.Model(${first ? named(first.name) : 'None'}, ${named(net.output)})

x_train, y_train = rows("train")
x_eval, y_eval = rows("eval")
weights = work["classWeights"]
taught.compile(
    keras.optimizers.Adam(Rate(max(1, math.ceil(len(x_train) / BATCH)))),
    ${loss},
    metrics=[${accuracy ?? ''}],
)
judged = len(x_eval) > 0
taught.fit(
    x_train,
    y_train,
    BATCH,
    EPOCHS,
    validation_data=(x_eval, y_eval) if judged else None,
    class_weight=dict(enumerate(weights)) if weights else None,
    callbacks=[keras.callbacks.EarlyStopping("val_loss", patience=PATIENCE or EPOCHS, restore_best_weights=True)] if judged else [],
)
model.save(folder / "model.keras")
`
}
