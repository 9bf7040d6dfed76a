-- What devices tell of themselves, each line chained to the one before it. `body` is the record as the device signed it.
CREATE TABLE device_records (
  device TEXT NOT NULL,
  seq INTEGER NOT NULL,
  site TEXT NOT NULL,
  hash TEXT NOT NULL,
  prev TEXT NOT NULL,
  kind TEXT NOT NULL,
  model TEXT,
  received TEXT NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body)),
  PRIMARY KEY (device, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_records_by_kind ON device_records (kind, model, device, seq);
-- Records after one and before another that are not waited for any more.
CREATE TABLE record_gaps (
  device TEXT NOT NULL,
  after INTEGER NOT NULL,
  before INTEGER NOT NULL,
  why TEXT NOT NULL CHECK (why IN ('lost', 'let-go')),
  at TEXT NOT NULL,
  PRIMARY KEY (device, after)
) STRICT, WITHOUT ROWID;
-- What came back and was refused, by the hash of the file.
CREATE TABLE refusals (
  id TEXT PRIMARY KEY,
  subject TEXT NOT NULL,
  at TEXT NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
CREATE INDEX refusals_by_subject ON refusals (subject, at);

-- Captured rows, in the batches in which they arrived: of one version, from one device, at once.
CREATE TABLE sample_batches (
  id INTEGER PRIMARY KEY,
  device TEXT NOT NULL,
  site TEXT NOT NULL,
  model TEXT NOT NULL,
  version INTEGER NOT NULL,
  at TEXT NOT NULL
) STRICT;
CREATE TABLE samples (
  id TEXT PRIMARY KEY,
  batch INTEGER NOT NULL REFERENCES sample_batches (id) ON DELETE CASCADE,
  reason TEXT NOT NULL,
  at TEXT NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
CREATE INDEX samples_by_batch ON samples (batch);
