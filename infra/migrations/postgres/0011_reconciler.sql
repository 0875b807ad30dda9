-- Who reconciles now: one instance at a time, until its lease runs out.
CREATE TABLE fineprint.reconciler_lease (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  owner uuid NOT NULL,
  lease_until timestamptz NOT NULL,
  finished_at timestamptz
);
COMMENT ON COLUMN fineprint.reconciler_lease.owner IS 'The process that reconciles';
COMMENT ON COLUMN fineprint.reconciler_lease.finished_at IS 'The end of the last round that looked at everything';

-- Gaps in the books that an alert stands for.
CREATE TABLE fineprint.ledger_gaps (
  gap_key text PRIMARY KEY,
  raised_at timestamptz NOT NULL,
  since_at timestamptz NOT NULL,
  evidence_hash text NOT NULL,
  alert json NOT NULL
);
COMMENT ON COLUMN fineprint.ledger_gaps.since_at IS 'Rounds look back as far as this, so that a gap is resolved when it is mended and not when it is old';
COMMENT ON COLUMN fineprint.ledger_gaps.alert IS 'The last alert record of it';

-- Alert records that were decided together with the gaps above and are still to be published, in this order.
CREATE TABLE fineprint.ledger_gap_outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  record json NOT NULL
);
