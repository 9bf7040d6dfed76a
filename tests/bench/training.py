"""Milliseconds of a training step, in the quietest of six epochs, of the named nets by Keras' fit, as JSON."""

import json
import sys
import time

import keras
import numpy as np
from keras import layers


def census():
    net = [layers.Dense(units, activation="relu") for units in (100, 70, 50, 25)]
    return [keras.Input((108,)), *net, layers.Dense(1)], 108, 2, 128, 200


def wide():
    net = [layers.Dense(units, activation="relu") for units in (1024, 512)]
    return [keras.Input((108,)), *net, layers.Dense(1)], 108, 2, 128, 25


def convolutional():
    def filters(count):
        return [layers.Conv2D(count, 3, padding="same", activation="relu"), layers.MaxPooling2D()]

    head = [layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(10)]
    net = [keras.Input((784,)), layers.Reshape((28, 28, 1)), *filters(16), *filters(32), *head]
    return net, 784, 10, 32, 25


def step_of(build):
    net, inputs, classes, batch, steps = build()
    model = keras.Sequential(net)
    binary = classes == 2
    loss = keras.losses.BinaryCrossentropy if binary else keras.losses.SparseCategoricalCrossentropy
    model.compile(keras.optimizers.Adam(0.001), loss(from_logits=True), metrics=["accuracy"])
    x = np.random.rand(batch * steps, inputs).astype("float32") - 0.5
    y = np.random.randint(0, classes, batch * steps).astype("float32")
    model.fit(x, y, batch_size=batch, epochs=2, verbose=0)
    times = []
    for _ in range(6):
        began = time.perf_counter()
        model.fit(x, y, batch_size=batch, epochs=1, verbose=0)
        times.append((time.perf_counter() - began) * 1000 / steps)
    return {"clock": min(times)}


print(json.dumps({name: step_of(globals()[name]) for name in sys.argv[1:]}))
