"""Runs a frozen GraphDef in TensorFlow: run_graph.py GRAPH INPUT ROWS OUTPUT RESULT ROW_SHAPE

ROWS and RESULT are raw little-endian float32; ROW_SHAPE is the shape of one row, as in 12,12,2.
"""
import sys

import numpy as np
import tensorflow as tf


def run_graph(path, feed, rows, fetch):
    graph_def = tf.compat.v1.GraphDef()
    with open(path, 'rb') as file:
        graph_def.ParseFromString(file.read())
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(graph_def, name='')
        with tf.compat.v1.Session(graph=graph) as session:
            return session.run(fetch + ':0', {feed + ':0': rows})


if __name__ == '__main__':
    path, feed, rows, fetch, result, shape = sys.argv[1:]
    row = [int(size) for size in shape.split(',')]
    run_graph(path, feed, np.fromfile(rows, '<f4').reshape([-1] + row), fetch).astype('<f4').tofile(result)
