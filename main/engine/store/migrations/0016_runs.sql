-- What a run says of itself beside its epochs: lines of its log, figures of any name, what they were at each step.
UPDATE runs SET body = json_set(
  body,
  '$.origin', 'trained',
  '$.search', NULL,
  '$.repeats', NULL,
  '$.code', NULL,
  '$.imageDigest', NULL,
  '$.tags', json('[]'),
  '$.notes', '',
  '$.pinned', json('false'),
  '$.archived', json('false'),
  '$.removedAt', NULL,
  '$.plan.schedule', 'constant',
  '$.plan.warmup', 0,
  '$.plan.classWeights', 'none',
  '$.plan.flip', json('false'),
  '$.plan.hparams', json('{}'),
  '$.plan.workers', 1,
  '$.plan.network', json('false'),
  '$.plan.mixedPrecision', json('false'),
  '$.plan.priority', 0
);
-- The cursor says where in the program's output a line stood, so that who comes back goes on behind it.
CREATE TABLE run_lines (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  sequence INTEGER NOT NULL,
  at TEXT NOT NULL,
  level TEXT NOT NULL,
  text TEXT NOT NULL,
  cursor TEXT,
  PRIMARY KEY (run, sequence)
) STRICT, WITHOUT ROWID;
-- One row a run and figure: what tables and sorting need.
CREATE TABLE run_metrics (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  points INTEGER NOT NULL,
  last REAL,
  least REAL,
  most REAL,
  last_step REAL NOT NULL,
  PRIMARY KEY (run, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_metrics_by_key ON run_metrics (key, last);
-- The points of a curve in pieces: 64-bit floats, little endian, in threes of step, seconds since 1970 and value.
CREATE TABLE run_points (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  piece INTEGER NOT NULL,
  first_step REAL NOT NULL,
  last_step REAL NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (run, key, piece)
) STRICT, WITHOUT ROWID;
-- Where the work of a run is that goes on without this program.
CREATE TABLE placements (
  run TEXT PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
  body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
