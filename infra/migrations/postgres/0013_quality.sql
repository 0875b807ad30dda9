-- Data quality rules, as the job last ran them, and how each stands. A rule's result counts once for a slot, and only forward.
CREATE TABLE fineprint.quality_rules (
  name text PRIMARY KEY,
  definition jsonb NOT NULL,
  slot_at timestamptz NOT NULL,
  status text NOT NULL CHECK (status IN ('pass', 'fail', 'not_enough_data', 'error')),
  result json NOT NULL,
  raised_at timestamptz
);
COMMENT ON COLUMN fineprint.quality_rules.slot_at IS 'The last slot it was run for';
COMMENT ON COLUMN fineprint.quality_rules.result IS 'The record that was published for it';
COMMENT ON COLUMN fineprint.quality_rules.raised_at IS 'Since when an alert stands; null for none';
