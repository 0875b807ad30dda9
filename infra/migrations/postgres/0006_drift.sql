-- What a model is compared with. A model without a row: the same version's last 7 days, window of an hour.
CREATE TABLE fineprint.ai_drift_baselines (
  model_name text NOT NULL CHECK (length(model_name) BETWEEN 1 AND 200),
  model_version text NOT NULL DEFAULT '' CHECK (length(model_version) <= 200),
  baseline_version text CHECK (length(baseline_version) BETWEEN 1 AND 200),
  days integer CHECK (days BETWEEN 1 AND 365),
  from_at timestamptz,
  to_at timestamptz,
  window_minutes integer NOT NULL DEFAULT 60 CHECK (window_minutes BETWEEN 1 AND 10080),
  settings json NOT NULL DEFAULT '{}' CHECK (json_typeof(settings) = 'object'),
  set_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (model_name, model_version),
  CHECK ((days IS NULL) <> (from_at IS NULL)),
  CHECK ((from_at IS NULL) = (to_at IS NULL)),
  CHECK (from_at < to_at)
);
COMMENT ON TABLE fineprint.ai_drift_baselines IS 'Chosen baselines of models: fineprint drift baseline set';
COMMENT ON COLUMN fineprint.ai_drift_baselines.model_version IS 'Empty: every version that has no row of its own';
COMMENT ON COLUMN fineprint.ai_drift_baselines.baseline_version IS 'The version to compare with; null: the same one';
COMMENT ON COLUMN fineprint.ai_drift_baselines.days IS 'So many days before the window; otherwise from_at to to_at';
COMMENT ON COLUMN fineprint.ai_drift_baselines.settings IS 'Thresholds that differ from the defaults, by their names in packages/drift';

-- Who evaluates which slot. At most one slot is unfinished at a time; its lease runs out if its owner dies.
CREATE TABLE fineprint.ai_drift_slots (
  slot_at timestamptz PRIMARY KEY,
  owner uuid NOT NULL,
  lease_until timestamptz NOT NULL,
  claims integer NOT NULL DEFAULT 1,
  finished_at timestamptz
);
CREATE UNIQUE INDEX ai_drift_slots_unfinished ON fineprint.ai_drift_slots ((true)) WHERE finished_at IS NULL;
COMMENT ON COLUMN fineprint.ai_drift_slots.owner IS 'The claim, not the process: each claim is another one';
COMMENT ON COLUMN fineprint.ai_drift_slots.claims IS 'More than 1: somebody died or was too slow';

-- How each series stands. A slot is evaluated for a series at most once, and never before a later one.
CREATE TABLE fineprint.ai_drift_state (
  model_name text NOT NULL,
  model_version text NOT NULL,
  measure text NOT NULL,
  slot_at timestamptz,
  state json NOT NULL,
  raised_at timestamptz,
  PRIMARY KEY (model_name, model_version, measure)
);
COMMENT ON COLUMN fineprint.ai_drift_state.slot_at IS 'The last slot evaluated';
COMMENT ON COLUMN fineprint.ai_drift_state.raised_at IS 'Since when an alert stands; null for none';

-- Records that were decided together with the state above and are still to be published, in this order.
CREATE TABLE fineprint.ai_drift_outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic text NOT NULL,
  key text NOT NULL,
  record json NOT NULL
);
