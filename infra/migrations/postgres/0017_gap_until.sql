-- A gap is looked at again in the stretch of time in which it was found.
ALTER TABLE fineprint.ledger_gaps ADD COLUMN until_at timestamptz NOT NULL DEFAULT clock_timestamp();
COMMENT ON COLUMN fineprint.ledger_gaps.until_at IS 'When its evidence was last found to have changed; all of it was written before';
COMMENT ON COLUMN fineprint.ledger_gaps.since_at IS 'Where the time that was looked at began when it was found';
COMMENT ON COLUMN fineprint.reconciler_lease.finished_at IS 'The end of the last round';
