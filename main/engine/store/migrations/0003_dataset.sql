CREATE TABLE dataset_versions (
  id TEXT PRIMARY KEY,
  subject TEXT NOT NULL,
  at TEXT NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
CREATE INDEX dataset_versions_by_subject ON dataset_versions (subject, at);
