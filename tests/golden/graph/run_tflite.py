"""Runs TFLite files in LiteRT: run_tflite.py ROWS ROW_SHAPE MODEL RESULT [MODEL RESULT ...]

ROWS and RESULT are raw little-endian float32; ROW_SHAPE is the shape of one row, as in 12,12,2. Inputs and outputs in
whole numbers are quantized and dequantized by the parameters in the file.
"""
import sys

import numpy as np
from ai_edge_litert.interpreter import Interpreter


def run(path, rows):
    interpreter = Interpreter(path)
    interpreter.allocate_tensors()
    (taken,) = interpreter.get_input_details()
    given = interpreter.get_output_details()[0]
    results = []
    for row in rows:
        value = row[None]
        if taken['dtype'] != np.float32:
            scale, zero = taken['quantization']
            limits = np.iinfo(taken['dtype'])
            value = np.clip(np.round(value / scale) + zero, limits.min, limits.max)
        interpreter.set_tensor(taken['index'], value.astype(taken['dtype']))
        interpreter.invoke()
        result = interpreter.get_tensor(given['index'])
        if given['dtype'] != np.float32:
            scale, zero = given['quantization']
            result = (result.astype(np.float32) - zero) * np.float32(scale)
        results.append(result[0])
    return np.array(results)


if __name__ == '__main__':
    rows, shape, *pairs = sys.argv[1:]
    row = [int(size) for size in shape.split(',')]
    data = np.fromfile(rows, '<f4').reshape([-1] + row)
    for model, result in zip(pairs[::2], pairs[1::2]):
        run(model, data).astype('<f4').tofile(result)
