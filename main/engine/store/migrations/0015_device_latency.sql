-- How long variants take on devices, by run.
CREATE TABLE device_latency (
  id TEXT PRIMARY KEY,
  subject TEXT NOT NULL,
  at TEXT NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
CREATE INDEX device_latency_by_subject ON device_latency (subject, at);
