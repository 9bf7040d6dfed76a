-- What is to be labelled is counted and paged without a look at the rows themselves.
DROP INDEX samples_by_batch;
CREATE INDEX samples_by_batch ON samples (batch, reason, at, id);
