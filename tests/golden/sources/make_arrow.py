"""Writes the Arrow files beside this script with pyarrow, as `python make_arrow.py`."""

import datetime as dt
import decimal
import os

import pyarrow as pa
import pyarrow.feather as feather

here = os.path.dirname(os.path.abspath(__file__))
D = decimal.Decimal
moment = dt.datetime(2020, 1, 31, 1, 2, 3, 4567)
past = dt.datetime(1960, 1, 1)
table = pa.table({
    'int8': pa.array([1, None, -128], pa.int8()),
    'uint16': pa.array([1, None, 65535], pa.uint16()),
    'int32': pa.array([1, None, -5], pa.int32()),
    'int64': pa.array([2**60, None, -5], pa.int64()),
    'uint64': pa.array([2**64 - 1, None, 5], pa.uint64()),
    'float16': pa.array([1.5, None, -0.25], pa.float32()).cast(pa.float16()),
    'float32': pa.array([0.5, None, float('nan')], pa.float32()),
    'float64': pa.array([0.1, None, float('inf')], pa.float64()),
    'decimal': pa.array([D('1.25'), None, D('-3.50')], pa.decimal128(10, 2)),
    'whole': pa.array([D('12345678901234567890123'), None, D(-7)], pa.decimal128(38, 0)),
    'wide': pa.array([D('1.25'), None, D('-3.50')], pa.decimal256(50, 2)),
    'bool': pa.array([True, None, False]),
    'text': pa.array(['a', None, 'grün']),
    'large': pa.array(['a', None, 'grün'], pa.large_string()),
    'view': pa.array(['short', None, 'a text that is longer than twelve bytes'], pa.string_view()),
    'date32': pa.array([dt.date(2020, 1, 31), None, dt.date(1960, 1, 1)], pa.date32()),
    'date64': pa.array([dt.date(2020, 1, 31), None, dt.date(1960, 1, 1)], pa.date64()),
    'seconds': pa.array([moment, None, past], pa.timestamp('us')).cast(pa.timestamp('s'), safe=False),
    'millis': pa.array([moment, None, past], pa.timestamp('us')).cast(pa.timestamp('ms'), safe=False),
    'micros': pa.array([moment, None, past], pa.timestamp('us', tz='UTC')),
    'nanos': pa.array([1580432523004567891, None, -1], pa.timestamp('ns')),
    'time32': pa.array([dt.time(1, 2, 3), None, dt.time(0)], pa.time32('s')),
    'time64': pa.array([dt.time(1, 2, 3, 4500), None, dt.time(0)], pa.time64('us')),
    'duration': pa.array([1500, None, -1], pa.duration('ms')),
    'interval': pa.array([(1, 2, 3), None, (0, 0, 0)], pa.month_day_nano_interval()),
    'list': pa.array([[1, 2], None, []], pa.list_(pa.int64())),
    'struct': pa.array([{'x': 1, 'y': 'b'}, None, {'x': None, 'y': 'c'}]),
    'map': pa.array([[('k', 1)], None, []], pa.map_(pa.string(), pa.int32())),
    'pair': pa.array([[1.5, 2], None, [3, 4]], pa.list_(pa.float32(), 2)),
    'deep': pa.array([[{'d': dt.date(2020, 1, 31)}], None, [None]]),
    'category': pa.array(['x', None, 'y']).dictionary_encode(),
    'binary': pa.array([b'ab', None, b'cd']),
    'blob': pa.array([b'abcd', None, b'\xff\x00\x01\x02'], pa.binary(4)),
    'nothing': pa.nulls(3),
    'absent': pa.array([None, None, None], pa.int32()),
    'X': pa.array([1, 2, 3]),
    'x': pa.array([4, 5, 6]),
})
for compression in ['uncompressed', 'lz4', 'zstd']:
    feather.write_feather(table, f'{here}/{compression}.feather', compression=compression)
with pa.OSFile(f'{here}/twice.arrows', 'wb') as file:
    options = pa.ipc.IpcWriteOptions(compression='zstd')
    with pa.ipc.new_stream(file, table.schema, options=options) as writer:
        writer.write_table(table)
        writer.write_table(table)
feather.write_feather(table.select(['int8', 'text']), f'{here}/first.feather', version=1)
