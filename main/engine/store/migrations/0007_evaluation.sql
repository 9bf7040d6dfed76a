CREATE TABLE evaluations (
  id TEXT PRIMARY KEY,
  subject TEXT NOT NULL,
  at TEXT NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
CREATE INDEX evaluations_by_subject ON evaluations (subject, at);

CREATE TABLE gates (
  model TEXT PRIMARY KEY,
  rules TEXT NOT NULL CHECK (json_valid(rules))
) STRICT;
