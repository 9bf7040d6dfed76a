"""Event files as TensorFlow 2 and its older writers make them: python make.py (TensorFlow 2.21, TensorBoard 2.21)."""

import os
import pathlib

import numpy as np
import tensorflow as tf
from tensorboard.plugins.hparams import api as hp

here = pathlib.Path(__file__).parent
values = np.linspace(-1, 1, 101, dtype=np.float32)


def named(writer_folder, name):
    (made,) = pathlib.Path(writer_folder).glob("events.out.tfevents.*")
    target = here / name
    os.replace(made, target)
    os.rmdir(writer_folder)


folder = str(here / "v2")
with tf.summary.create_file_writer(folder).as_default():
    hp.hparams({"rate": 0.01, "layers": 3, "optimizer": "adam", "mixed": True})
    for step in range(5):
        tf.summary.scalar("loss", 1 / (step + 1), step=step)
        tf.summary.scalar("größe", tf.constant(step, tf.float64), step=step)
    tf.summary.histogram("weights", values, step=4)
    tf.summary.text("note", "two\nlines", step=0)
    tf.summary.image("picture", np.zeros([1, 2, 2, 3]), step=0)
named(folder, "v2.tfevents")

folder = str(here / "v1")
with tf.Graph().as_default():
    writer = tf.compat.v1.summary.FileWriter(folder)
    for step in range(3):
        summary = tf.compat.v1.Summary()
        summary.value.add(tag="loss_1", simple_value=0.5**step)
        histo = tf.compat.v1.HistogramProto(min=-1, max=3, num=4, sum=4, sum_squares=12)
        histo.bucket_limit.extend([0, 2, 1e308])
        histo.bucket.extend([1, 0, 3])
        summary.value.add(tag="weights_1", histo=histo)
        writer.add_summary(summary, step)
    writer.close()
named(folder, "v1.tfevents")
