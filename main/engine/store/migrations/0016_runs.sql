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
-- What lists of runs ask for, so that thousands can be gone through without reading each body.
ALTER TABLE runs ADD COLUMN state TEXT AS (json_extract(body, '$.state')) VIRTUAL;
ALTER TABLE runs ADD COLUMN origin TEXT AS (json_extract(body, '$.origin')) VIRTUAL;
ALTER TABLE runs ADD COLUMN version TEXT AS (json_extract(body, '$.version')) VIRTUAL;
ALTER TABLE runs ADD COLUMN pinned INTEGER AS (json_extract(body, '$.pinned')) VIRTUAL;
ALTER TABLE runs ADD COLUMN shelf TEXT AS (
  CASE
    WHEN json_extract(body, '$.removedAt') IS NOT NULL THEN 'bin'
    WHEN json_extract(body, '$.archived') THEN 'archive'
    ELSE 'open'
  END
) VIRTUAL;
CREATE INDEX runs_by_shelf ON runs (shelf, pinned, at, state, origin, version);
CREATE INDEX runs_by_state ON runs (state);
CREATE INDEX runs_by_version ON runs (version);
CREATE TABLE run_lines (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  sequence INTEGER NOT NULL,
  at TEXT NOT NULL,
  level TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (run, sequence)
) STRICT, WITHOUT ROWID;
-- One row a run and figure: what tables and sorting need. A value that is no number is NULL.
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
CREATE INDEX run_metrics_by_key ON run_metrics (key);
-- The points of a curve in pieces that do not overlap: 64-bit floats, little endian, in threes of step, seconds since
-- 1970 and value, by step.
CREATE TABLE run_points (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  first_step REAL NOT NULL,
  last_step REAL NOT NULL,
  first_at REAL NOT NULL,
  last_at REAL NOT NULL,
  points INTEGER NOT NULL,
  least REAL,
  most REAL,
  body BLOB NOT NULL,
  PRIMARY KEY (run, key, first_step)
) STRICT;
-- Where the work of a run is that goes on without this program, and up to where its output was heard: who comes back
-- goes on behind the cursor.
CREATE TABLE placements (
  run TEXT PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
  body TEXT CHECK (body IS NULL OR json_valid(body)),
  cursor TEXT
) STRICT;
-- Runs that are gone for good: their numbers are never given again, since evaluations and releases may still name them.
CREATE TABLE purged_runs (number INTEGER PRIMARY KEY) STRICT;
-- What is known of a run that is gone for good goes with it.
CREATE TRIGGER runs_gone AFTER DELETE ON runs BEGIN
  DELETE FROM evaluations WHERE subject = OLD.id;
  DELETE FROM variants WHERE subject = OLD.id;
  DELETE FROM comparisons WHERE subject = OLD.id;
  DELETE FROM explanations WHERE subject = OLD.id;
  DELETE FROM aliases WHERE EXISTS (
    SELECT 1 FROM model_versions AS gone
    WHERE gone.subject = aliases.model AND json_extract(gone.body, '$.run') = OLD.id
      AND json_extract(gone.body, '$.version') = aliases.version
  );
  DELETE FROM model_versions WHERE subject = OLD.subject AND json_extract(body, '$.run') = OLD.id;
END;
-- Runs from before there were curves: theirs are made of their epochs when the workspace is opened next.
CREATE TABLE runs_without_curves (run TEXT PRIMARY KEY) STRICT;
INSERT INTO runs_without_curves SELECT DISTINCT run FROM run_epochs;
