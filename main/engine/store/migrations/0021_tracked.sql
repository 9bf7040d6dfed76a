-- What programs told a tracking server in MLflow's words: its experiments, runs and models, so that they can go on when
-- the engine begins anew. Points and files are in the record of the run.
CREATE TABLE tracked (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  run TEXT REFERENCES runs (id) ON DELETE CASCADE,
  body TEXT NOT NULL CHECK (json_valid(body)),
  PRIMARY KEY (kind, id)
) STRICT;
