"""Writes tf.Example messages with TensorFlow: `python write_tfrecord.py FOLDER` with rows as JSON on standard input.

A row is {feature: [kind, [values]]}; kind is int64, float or bytes (as base64).
"""

import base64
import json
import os
import sys

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import tensorflow as tf  # noqa: E402


def feature(kind, values):
    if kind == 'int64':
        return tf.train.Feature(int64_list=tf.train.Int64List(value=[int(v) for v in values]))
    if kind == 'float':
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[base64.b64decode(v) for v in values]))


folder = sys.argv[1]
rows = json.load(sys.stdin)
for name, packing in [('plain.tfrecord', ''), ('gzip-00000-of-00001.gz', 'GZIP'), ('zlib.tfrecord', 'ZLIB')]:
    with tf.io.TFRecordWriter(os.path.join(folder, name), options=packing) as writer:
        for row in rows:
            features = {name: feature(*one) for name, one in row.items()}
            message = tf.train.Example(features=tf.train.Features(feature=features))
            writer.write(message.SerializeToString())
with tf.io.TFRecordWriter(os.path.join(folder, 'sequence.tfrecord')) as writer:
    context = tf.train.Features(feature={'a': feature('int64', [1])})
    lists = tf.train.FeatureLists(feature_list={'b': tf.train.FeatureList(feature=[feature('int64', [1])])})
    writer.write(tf.train.SequenceExample(context=context, feature_lists=lists).SerializeToString())
