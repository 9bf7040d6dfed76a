"""The other side of the optimization bench, in TensorFlow: optimizationModels.py make|freeze|compare NAME FOLDER

make     builds a Keras model with random weights, exports it as a SavedModel (static batch of 1), writes rows to
         calibrate on and TensorFlow's own TFLite variants of it
freeze   loads the SavedModel, freezes, folds and quantizes it with TensorFlow, and writes the graph; prints seconds
         without and with the import of TensorFlow, and the peak of memory in bytes
compare  runs TensorFlow's variants and those beside them on the same rows; prints sizes and differences as JSON
"""
import time

started = time.time()
import json
import os
import resource
import sys

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
import numpy as np
import tensorflow as tf

L = tf.keras.layers
APPS = {
    'mobilenet': (tf.keras.applications.MobileNet, 224),
    'mobilenetv2': (tf.keras.applications.MobileNetV2, 224),
    'mobilenetv3small': (tf.keras.applications.MobileNetV3Small, 224),
    'efficientnetb0': (tf.keras.applications.EfficientNetB0, 224),
    'resnet50': (tf.keras.applications.ResNet50, 224),
    'densenet121': (tf.keras.applications.DenseNet121, 224),
    'inceptionv3': (tf.keras.applications.InceptionV3, 299),
}
ROWS = 16


def build(name):
    tf.keras.utils.set_random_seed(7)
    if name in APPS:
        make, size = APPS[name]
        shape = (size, size, 3)
        model = make(weights=None, input_tensor=L.Input(shape, batch_size=1))
    elif name == 'dscnn':
        shape = (49, 10, 1)
        x = first = L.Input(shape, batch_size=1)
        x = L.ReLU()(L.BatchNormalization()(L.Conv2D(64, (10, 4), strides=2, padding='same')(x)))
        for _ in range(4):
            x = L.ReLU()(L.BatchNormalization()(L.DepthwiseConv2D(3, padding='same')(x)))
            x = L.ReLU()(L.BatchNormalization()(L.Conv2D(64, 1)(x)))
        x = L.Flatten()(L.AveragePooling2D((25, 5))(x))
        model = tf.keras.Model(first, L.Dense(12, activation='softmax')(x))
    else:
        shape = (32,)
        x = first = L.Input(shape, batch_size=1)
        for width in (256, 128, 64):
            x = L.Dense(width, activation='gelu')(x)
            x = L.LayerNormalization()(x)
        model = tf.keras.Model(first, L.Dense(6, activation='softmax')(L.Dense(32, activation='tanh')(x)))
    # Fresh normalizations do nothing; a trained net's shift and scale.
    random = np.random.default_rng(7)
    for layer in model.layers:
        if isinstance(layer, L.BatchNormalization):
            for weight in layer.weights:
                shift = 0.05 * random.standard_normal(weight.shape)
                weight.assign(shift if 'mean' in weight.path or 'beta' in weight.path else 1 + shift)
    return model, shape


def rows_of(shape):
    return np.random.default_rng(3).uniform(-1, 1, (ROWS, *shape)).astype(np.float32)


def make(name, folder):
    model, shape = build(name)
    os.makedirs(folder, exist_ok=True)
    saved = os.path.join(folder, 'saved')
    model.export(saved, input_signature=[tf.TensorSpec((1, *shape), tf.float32)], verbose=False)
    rows = rows_of(shape)
    np.savez(os.path.join(folder, 'rows.npz'), input=rows)
    for variant in ('none', 'float16', 'dynamic', 'int8'):
        converter = tf.lite.TFLiteConverter.from_saved_model(saved)
        if variant != 'none':
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if variant == 'float16':
            converter.target_spec.supported_types = [tf.float16]
        if variant == 'int8':
            converter.representative_dataset = lambda: ([row[None]] for row in rows)
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        with open(os.path.join(folder, f'theirs-{variant}.tflite'), 'wb') as file:
            file.write(converter.convert())


def freeze(name, folder):
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
    from tensorflow.python.util import _pywrap_transform_graph

    began = time.time()
    loaded = tf.saved_model.load(os.path.join(folder, 'saved'))
    frozen = convert_variables_to_constants_v2(loaded.signatures['serving_default'])
    definition = frozen.graph.as_graph_def()
    first = [tensor.op.name for tensor in frozen.inputs if tensor.dtype != tf.resource]
    last = [tensor.op.name for tensor in frozen.outputs]
    done = _pywrap_transform_graph.TransformGraphWithStringInputs(
        definition.SerializeToString(),
        first[0].encode(),
        last[0].encode(),
        b'remove_control_dependencies fold_constants fold_batch_norms(ignore_errors=true) quantize_weights',
    )
    with open(os.path.join(folder, 'theirs.pb'), 'wb') as file:
        file.write(done)
    ended = time.time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({'seconds': ended - began, 'withImport': ended - started, 'peakBytes': peak, 'bytes': len(done)}))


def answers(path, rows):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(path)
    interpreter.allocate_tensors()
    taken, given = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    results = []
    for row in rows[:4]:
        interpreter.set_tensor(taken['index'], row[None])
        interpreter.invoke()
        results.append(interpreter.get_tensor(given['index'])[0].copy())
    return np.array(results)


def compare(name, folder):
    rows = np.load(os.path.join(folder, 'rows.npz'))['input']
    found = {}
    for variant in ('none', 'float16', 'dynamic', 'int8'):
        mine, theirs = (os.path.join(folder, f'{who}-{variant}.tflite') for who in ('ours', 'theirs'))
        difference = float(np.abs(answers(mine, rows) - answers(theirs, rows)).max())
        found[variant] = {
            'ours': os.path.getsize(mine),
            'theirs': os.path.getsize(theirs),
            'difference': difference,
        }
    print(json.dumps(found))


if __name__ == '__main__':
    verb, name, folder = sys.argv[1:]
    {'make': make, 'freeze': freeze, 'compare': compare}[verb](name, folder)
