CREATE TABLE artifacts (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  made_by INTEGER REFERENCES jobs (number),
  at TEXT NOT NULL
) STRICT;

CREATE TABLE lineage (
  parent TEXT NOT NULL REFERENCES artifacts (id) ON DELETE CASCADE,
  child TEXT NOT NULL REFERENCES artifacts (id) ON DELETE CASCADE,
  job INTEGER NOT NULL REFERENCES jobs (number),
  PRIMARY KEY (parent, child, job)
) STRICT, WITHOUT ROWID;
CREATE INDEX lineage_by_child ON lineage (child);
