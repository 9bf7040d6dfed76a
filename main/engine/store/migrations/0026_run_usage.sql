-- What a run took of its target: its last moments as JSON, kept when it ends.
CREATE TABLE run_usage (
  run TEXT PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
