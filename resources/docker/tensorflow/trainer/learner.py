"""A net that is taught a batch at a time, on everything that computes."""

import numpy as np
import tensorflow as tf

from .devices import Devices
from .net import Net
from .rows import Rows, part_of

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-7


class Learner:
    """
    Adam (Kingma and Ba, 2015, algorithm 1) with the same formula, and the same state in a checkpoint, as the engine's own
    worker. Gradients are sums over the rows of all replicas divided by the rows of the batch, so that the number of
    replicas changes nothing but rounding.
    """

    def __init__(self, work: dict, devices: Devices):
        self.work, self.devices = work, devices
        self.strategy = devices.strategy
        self.steps = 0
        with self.strategy.scope():
            self.net = Net(work['net'])
            self.variables = self.net.variables
            self.first = [tf.Variable(tf.zeros_like(variable), trainable=False) for variable in self.variables]
            self.second = [tf.Variable(tf.zeros_like(variable), trainable=False) for variable in self.variables]
            self.sums = tf.Variable(
                tf.zeros([3], tf.float64),
                trainable=False,
                synchronization=tf.VariableSynchronization.ON_READ,
                aggregation=tf.VariableAggregation.SUM,
            )
        weights = work.get('classWeights')
        self.class_weights = None if weights is None else tf.constant(weights, tf.float32)
        signature = [
            tf.TensorSpec([None, work['inputs']], tf.float32),
            tf.TensorSpec([None], tf.float32),
            tf.TensorSpec([None], tf.float32),
        ]
        scalars = [tf.TensorSpec([4], tf.float32), tf.TensorSpec([2], tf.int32)]
        self._teach_step = tf.function(self._teach_all, input_signature=[*signature, *scalars])
        self._judge_step = tf.function(self._judge_all, input_signature=signature)
        self._read = tf.function(lambda: tf.identity(self.sums.read_value()))

    @property
    def parameters(self) -> int:
        return int(sum(np.prod(variable.shape) for variable in self.variables))

    def teach(self, rows: Rows, which: np.ndarray, rate: float) -> None:
        """One step on the rows of a batch, of which this worker takes its part."""
        taken = self._take(rows, which, self.work['batch'])
        self.steps += 1
        scalars = [len(which), rate, 1 - BETA1**self.steps, 1 - BETA2**self.steps]
        self._teach_step(*taken, np.array(scalars, np.float32), np.array([self.work['seed'], self.steps], np.int32))

    def judge(self, rows: Rows, which: np.ndarray, batch: int) -> None:
        """Only computes, without dropout."""
        self._judge_step(*self._take(rows, which, batch))

    def sum_up(self) -> tuple[float, float, int]:
        """Sums of loss, right answers and rows of all workers since it was last asked for."""
        loss, correct, rows = self._read().numpy()
        self.sums.assign(tf.zeros([3], tf.float64))
        return float(loss), float(correct), int(rows)

    def weights(self) -> list:
        return [variable.numpy().ravel() for variable in self.variables]

    def moments(self) -> list:
        return [moment.numpy().ravel() for moment in [*self.first, *self.second]]

    def restore(self, steps: int, weights: list, moments: list) -> None:
        self.steps = steps
        for variable, values in zip([*self.variables, *self.first, *self.second], [*weights, *moments], strict=True):
            variable.assign(np.reshape(values, variable.shape))

    def _take(self, rows: Rows, which: np.ndarray, batch: int):
        share = -(-batch // (self.devices.workers * self.devices.replicas)) * self.devices.replicas
        return rows.take(part_of(which, self.devices.worker, self.devices.workers), share)

    def _share(self, values):
        """The part of this worker's rows that one of its replicas computes."""
        replicas = self.devices.replicas
        if replicas == 1:
            return values
        context = tf.distribute.get_replica_context()
        size = tf.shape(values[0])[0] // replicas
        begin = (context.replica_id_in_sync_group % replicas) * size
        return [part[begin : begin + size] for part in values]

    def _teach_all(self, features, labels, there, scalars, seed):
        self.strategy.run(self._teach_replica, (features, labels, there, scalars, seed))

    def _teach_replica(self, features, labels, there, scalars, seed):
        features, labels, there = self._share([features, labels, there])
        rows, rate, correction1, correction2 = tf.unstack(scalars)
        context = tf.distribute.get_replica_context()
        replica = tf.cast(context.replica_id_in_sync_group, tf.int32)
        # Replicas must not drop the same; 1009 is a prime above the number of layers of any net.
        drop = tf.stack([seed[0] + replica * 1009, seed[1] * 1009])
        with tf.GradientTape() as tape:
            logits = tf.cast(self.net(features, self.work['net']['logits'], drop), tf.float32)
            losses = there * self._weighed(self._losses(logits, labels), labels)
            loss = tf.reduce_sum(losses) / rows * self.devices.loss_scale
        found = tape.gradient(loss, self.variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        self._count(logits, labels, there, losses)
        # One vector: one exchange between the workers a step.
        flat = tf.concat([tf.reshape(tf.cast(gradient, tf.float32), [-1]) for gradient in found], 0)
        if self.strategy.num_replicas_in_sync > 1:
            flat = context.all_reduce(tf.distribute.ReduceOp.SUM, flat)
        flat = flat / self.devices.loss_scale
        sizes = [int(np.prod(variable.shape)) for variable in self.variables]
        gradients = [tf.reshape(part, v.shape) for part, v in zip(tf.split(flat, sizes), self.variables, strict=True)]
        # A step that overflowed 16 bits is left out.
        whole = tf.reduce_all(tf.math.is_finite(flat)) if self.devices.loss_scale != 1 else tf.constant(True)
        context.merge_call(self._apply, (gradients, rate, correction1, correction2, whole))

    def _apply(self, strategy, gradients, *scalars):
        for place, variable in enumerate(self.variables):
            moments = (self.first[place], self.second[place])
            strategy.extended.update(variable, _adam, (gradients[place], *moments, *scalars), group=False)

    def _judge_all(self, features, labels, there):
        self.strategy.run(self._judge_replica, (features, labels, there))

    def _judge_replica(self, features, labels, there):
        features, labels, there = self._share([features, labels, there])
        logits = tf.cast(self.net(features, self.work['net']['logits']), tf.float32)
        self._count(logits, labels, there, there * self._losses(logits, labels))

    def _losses(self, logits, labels):
        """The loss of each row, as in the engine's `worker/figures.ts`."""
        if self.work['task'] == 'multiclass':
            return tf.nn.sparse_softmax_cross_entropy_with_logits(tf.cast(labels, tf.int32), logits)
        if self.work['task'] == 'binary':
            return tf.nn.sigmoid_cross_entropy_with_logits(labels, logits[:, 0])
        return tf.square(logits[:, 0] - labels)

    def _weighed(self, losses, labels):
        if self.class_weights is None:
            return losses
        return losses * tf.gather(self.class_weights, tf.cast(labels, tf.int32))

    def _count(self, logits, labels, there, losses):
        if self.work['task'] == 'multiclass':
            right = tf.equal(tf.argmax(logits, -1, tf.int32), tf.cast(labels, tf.int32))
        elif self.work['task'] == 'binary':
            right = tf.equal(tf.cast(logits[:, 0] >= 0, tf.float32), labels)
        else:
            right = tf.zeros_like(labels, tf.bool)
        columns = [losses, tf.cast(right, tf.float32) * there, there]
        self.sums.assign_add(tf.reduce_sum(tf.cast(tf.stack(columns), tf.float64), 1))


def _adam(variable, gradient, first, second, rate, correction1, correction2, whole):
    m = first * BETA1 + gradient * (1 - BETA1)
    v = second * BETA2 + tf.square(gradient) * (1 - BETA2)
    changed = variable - m * (rate / correction1) / (tf.sqrt(v / correction2) + EPSILON)
    for place, value in ((first, m), (second, v), (variable, changed)):
        place.assign(tf.where(whole, value, place))
