-- Sites that are published to, as they were last; the plan in each repository is the true one.
CREATE TABLE sites (
  id TEXT PRIMARY KEY,
  subject TEXT NOT NULL,
  at TEXT NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
CREATE INDEX sites_by_subject ON sites (subject, at);
-- The last report of each approved device.
CREATE TABLE device_reports (
  id TEXT PRIMARY KEY,
  subject TEXT NOT NULL,
  at TEXT NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
CREATE INDEX device_reports_by_subject ON device_reports (subject, at);
