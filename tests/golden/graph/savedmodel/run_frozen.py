"""How far a frozen graph is from what TensorFlow answered: run_frozen.py FOLDER…

Each folder holds `answers.json` (make_saved_models.py), `frozen.pb` and `ends.json`. Prints the largest difference by name.
"""
import json
import os
import sys

sys.dont_write_bytecode = True
os.environ['CUDA_VISIBLE_DEVICES'] = ''
os.environ['TF_ENABLE_ONEDNN_OPTS'] = '0'
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'

import numpy as np
import tensorflow as tf


def array(value):
    return np.array(value['data'], value['dtype']).reshape(value['shape'])


def port(name):
    return name if ':' in name else name + ':0'


def difference(folder):
    read = lambda name: json.load(open(os.path.join(folder, name)))
    answers, ends = read('answers.json'), read('ends.json')
    graph = tf.compat.v1.GraphDef.FromString(open(os.path.join(folder, 'frozen.pb'), 'rb').read())
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        tf.graph_util.import_graph_def(graph, name='')
        feeds = {port(end['name']): array(answers['inputs'][end['key']]) for end in ends['inputs']}
        got = session.run({end['key']: port(end['name']) for end in ends['outputs']}, feeds)
    assert set(got) == set(answers['outputs']), (set(got), set(answers['outputs']))
    worst = 0.0
    for key, value in got.items():
        expected = array(answers['outputs'][key])
        assert value.shape == expected.shape, (key, value.shape, expected.shape)
        worst = max(worst, float(np.abs(value.astype('f8') - expected.astype('f8')).max()))
    return worst


print(json.dumps({os.path.basename(folder): difference(folder) for folder in sys.argv[1:]}))
