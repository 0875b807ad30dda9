-- Jobs that run by the clock. What runs, once, is decided here: whoever wakes up a worker (Redis, a timer, a person) decides
-- nothing. All times are this database's, so that workers' clocks do not matter.
CREATE TABLE fineprint.jobs (
  name text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9-]{0,62}$'),
  description text NOT NULL,
  schedule text NOT NULL,
  missed text NOT NULL,
  timeout_ms integer NOT NULL CHECK (timeout_ms > 0),
  max_attempts integer NOT NULL CHECK (max_attempts > 0),
  planned_until timestamptz NOT NULL,
  next_slot_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL,
  alert_raised_at timestamptz
);

CREATE TABLE fineprint.job_runs (
  job text NOT NULL REFERENCES fineprint.jobs (name),
  slot_at timestamptz NOT NULL,
  trigger text NOT NULL CHECK (trigger IN ('schedule', 'manual')),
  requested_by text,
  state text NOT NULL CHECK (state IN ('waiting', 'running', 'succeeded', 'failed', 'skipped')),
  not_before timestamptz NOT NULL DEFAULT clock_timestamp(),
  token bigint NOT NULL DEFAULT 0,
  attempts integer NOT NULL DEFAULT 0,
  worker text,
  claimed_at timestamptz,
  lease_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at timestamptz,
  finished_at timestamptz,
  error_code text,
  result json,
  PRIMARY KEY (job, slot_at),
  CHECK ((state = 'running') = (lease_until IS NOT NULL)),
  CHECK ((state IN ('waiting', 'running')) = (finished_at IS NULL))
);
-- A job's runs follow one another.
CREATE UNIQUE INDEX job_runs_one_at_a_time ON fineprint.job_runs (job) WHERE state = 'running';
CREATE INDEX job_runs_open ON fineprint.job_runs (not_before) WHERE state IN ('waiting', 'running');
CREATE INDEX job_runs_by_time ON fineprint.job_runs (created_at);

-- Records that jobs decided on, in one transaction with what they follow from, still to be published, in this order.
CREATE TABLE fineprint.job_outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic text NOT NULL,
  key text NOT NULL,
  record json NOT NULL
);

COMMENT ON TABLE fineprint.jobs IS 'Jobs, as the workers that know them say';
COMMENT ON COLUMN fineprint.jobs.missed IS 'What becomes of slots that nobody began in time';
COMMENT ON COLUMN fineprint.jobs.planned_until IS 'For each slot up to this one there is a row in job_runs, or was';
COMMENT ON COLUMN fineprint.jobs.seen_at IS 'When a worker last had it in its list; a job that no worker knows any more stays, for its history';
COMMENT ON COLUMN fineprint.jobs.alert_raised_at IS 'Since when an alert says that its runs fail';
COMMENT ON TABLE fineprint.job_runs IS 'One row for each slot of a job, and for each run that a person asked for: fineprint jobs history';
COMMENT ON COLUMN fineprint.job_runs.token IS 'Goes up with each claim: only who has the highest one may change the row, or do what must happen once';
COMMENT ON COLUMN fineprint.job_runs.attempts IS 'Claims that were not given back';
COMMENT ON COLUMN fineprint.job_runs.started_at IS 'The first attempt';
COMMENT ON COLUMN fineprint.job_runs.error_code IS 'Of the last attempt that failed';
