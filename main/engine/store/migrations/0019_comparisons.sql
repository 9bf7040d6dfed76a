-- Two or more runs measured on the same rows, and what was found out about one by asking it changed rows.
CREATE TABLE comparisons (
  id TEXT PRIMARY KEY,
  subject TEXT NOT NULL,
  at TEXT NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
CREATE INDEX comparisons_by_subject ON comparisons (subject, at);
CREATE TABLE explanations (
  id TEXT PRIMARY KEY,
  subject TEXT NOT NULL,
  at TEXT NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
CREATE INDEX explanations_by_subject ON explanations (subject, at);

-- What a gate said of a run, which publishing reads.
CREATE TABLE verdicts (
  id TEXT PRIMARY KEY,
  subject TEXT NOT NULL,
  at TEXT NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
CREATE INDEX verdicts_by_subject ON verdicts (subject, at);
