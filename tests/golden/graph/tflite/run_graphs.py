"""Runs frozen GraphDefs in TensorFlow: run_graphs.py JOBS

JOBS is JSON: [{"graph": path, "feeds": {name: value}, "fetch": [name]}]; a value is {"dtype", "shape", "data"} with the
elements in base64. Prints one JSON list of lists of values.
"""
import base64
import json
import os
import sys

os.environ['CUDA_VISIBLE_DEVICES'] = ''
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'

import numpy as np
import tensorflow as tf


def value(told):
    return np.frombuffer(base64.b64decode(told['data']), told['dtype']).reshape(told['shape'])


def told(array):
    return {'dtype': array.dtype.name, 'shape': list(array.shape),
            'data': base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()}


def port(name):
    return name if ':' in name else name + ':0'


def run(job):
    definition = tf.compat.v1.GraphDef()
    with open(job['graph'], 'rb') as file:
        definition.ParseFromString(file.read())
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(definition, name='')
        with tf.compat.v1.Session(graph=graph) as session:
            feeds = {port(name): value(fed) for name, fed in job['feeds'].items()}
            return [told(result) for result in session.run([port(name) for name in job['fetch']], feeds)]


with open(sys.argv[1]) as jobs:
    print(json.dumps([run(job) for job in json.load(jobs)]))
