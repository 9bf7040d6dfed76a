"""Makes the backbones that tests/engine/training/images/keras.test.ts learns on, and what TensorFlow says of them.

Usage: python backbones.py FOLDER
"""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
import tensorflow as tf

folder = sys.argv[1]
keras.utils.set_random_seed(7)
layers = keras.layers


def mobile(name, scaled, top, size=32):
    """As MobileNet is: a strided convolution, then depthwise and pointwise ones, each with batch normalization."""
    given = layers.Input((size, size, 3), name="photo")
    flow = layers.Rescaling(1 / 127.5, offset=-1, name="scaling")(given) if scaled else given
    flow = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False, name="conv1")(flow)
    for i, filters in enumerate([16, 24, 40]):
        flow = layers.BatchNormalization(name=f"bn_{i}")(flow)
        flow = layers.ReLU(6.0, name=f"relu_{i}")(flow)
        flow = layers.DepthwiseConv2D(3, strides=2 if i == 1 else 1, padding="same", use_bias=False, name=f"dw_{i}")(flow)
        flow = layers.Conv2D(filters, 1, use_bias=False, name=f"pw_{i}")(flow)
    flow = layers.ReLU(6.0, name="out_relu")(layers.BatchNormalization(name="out_bn")(flow))
    pooled = layers.GlobalAveragePooling2D(name="pooled")(flow)
    if not top:
        return keras.Model(given, flow, name=name), pooled
    dropped = layers.Dropout(0.3, name="drop")(pooled)
    return keras.Model(given, layers.Dense(11, activation="softmax", name="classes")(dropped), name=name), pooled


def stir(model):
    """Statistics of batch normalization that are not what they begin as."""
    random = np.random.default_rng(3)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            gamma, beta, mean, variance = layer.get_weights()
            layer.set_weights(
                [
                    random.uniform(0.5, 1.5, gamma.shape),
                    random.normal(0, 0.3, beta.shape),
                    random.normal(0, 0.2, mean.shape),
                    random.uniform(0.3, 1.2, variance.shape),
                ]
            )


pictures = np.random.default_rng(5).integers(0, 256, (4, 32, 32, 3)).astype(np.uint8)
pictures.tofile(os.path.join(folder, "pictures.u8"))

scaled, pooled = mobile("scaled", scaled=True, top=True)
stir(scaled)
scaled.save(os.path.join(folder, "scaled.keras"))
scaled.export(os.path.join(folder, "saved"), verbose=False)
converter = tf.lite.TFLiteConverter.from_keras_model(scaled)
open(os.path.join(folder, "scaled.tflite"), "wb").write(converter.convert())
features = keras.Model(scaled.input, pooled).predict(pictures.astype(np.float32), verbose=0)
features.astype(np.float32).tofile(os.path.join(folder, "scaled.f32"))

bare, pooled = mobile("mobilenet_bare", scaled=False, top=False)
stir(bare)
bare.save(os.path.join(folder, "mobilenet.h5"))
shares = pictures.astype(np.float32) / 127.5 - 1
keras.Model(bare.input, pooled).predict(shares, verbose=0).astype(np.float32).tofile(
    os.path.join(folder, "bare.f32")
)

# As MobileNetV3 ends: dense layers as convolutions over the single pixel that the mean left.
given = layers.Input((None, None, 3))
flow = layers.Conv2D(8, 3, strides=2, activation="relu")(layers.Rescaling(1 / 255)(given))
flow = layers.Conv2D(12, 1, activation="hard_silu")(layers.GlobalAveragePooling2D(keepdims=True)(flow))
answer = layers.Activation("softmax")(layers.Flatten()(layers.Conv2D(5, 1)(flow)))
keras.Model(given, answer).save(os.path.join(folder, "pixel.keras"))

gray = keras.Sequential([layers.Input((32, 32, 5)), layers.Flatten(), layers.Dense(2)])
gray.save(os.path.join(folder, "channels.keras"))
rows = keras.Sequential([layers.Input((12,)), layers.Dense(2)])
rows.save(os.path.join(folder, "rows.keras"))
