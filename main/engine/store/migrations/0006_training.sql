CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  subject TEXT NOT NULL,
  at TEXT NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
CREATE INDEX runs_by_subject ON runs (subject, at);

-- Apart from the run, so that a long training does not write its whole history with each epoch.
CREATE TABLE run_epochs (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  epoch INTEGER NOT NULL,
  loss REAL NOT NULL,
  accuracy REAL,
  eval_loss REAL,
  eval_accuracy REAL,
  seconds REAL NOT NULL,
  PRIMARY KEY (run, epoch)
) STRICT, WITHOUT ROWID;
