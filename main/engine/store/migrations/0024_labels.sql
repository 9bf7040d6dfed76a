-- What people say a captured row is; one that is left out has no label. `imported` is the dataset version that it is a row of.
CREATE TABLE labels (
  sample TEXT PRIMARY KEY REFERENCES samples (id) ON DELETE CASCADE,
  label TEXT CHECK (label IS NULL OR json_valid(label)),
  at TEXT NOT NULL,
  imported TEXT
) STRICT;
