-- What people define: rules, and who is told. A change raises the version; what was before is not kept.
CREATE TABLE fineprint.alert_definitions (
  kind text NOT NULL CHECK (kind IN ('rule', 'receiver')),
  name text NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
  version integer NOT NULL DEFAULT 1,
  definition jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_by text NOT NULL,
  PRIMARY KEY (kind, name)
);
COMMENT ON COLUMN fineprint.alert_definitions.created_at IS 'A receiver is told of nothing that Kafka had before';
COMMENT ON COLUMN fineprint.alert_definitions.updated_by IS 'The API key''s id, or "cli"';

CREATE TABLE fineprint.alert_silences (
  id uuid PRIMARY KEY,
  matchers jsonb NOT NULL,
  comment text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_by text NOT NULL,
  from_at timestamptz NOT NULL,
  until_at timestamptz NOT NULL,
  CHECK (from_at <= until_at)
);

-- Who evaluates which slot. At most one slot is unfinished at a time; its lease runs out if its owner dies.
CREATE TABLE fineprint.alert_slots (
  slot_at timestamptz PRIMARY KEY,
  owner uuid NOT NULL,
  lease_until timestamptz NOT NULL,
  claims integer NOT NULL DEFAULT 1,
  finished_at timestamptz
);
CREATE UNIQUE INDEX alert_slots_unfinished ON fineprint.alert_slots ((true)) WHERE finished_at IS NULL;

-- How each rule did the last time. A rule is evaluated for a slot at most once, and never before a later one.
CREATE TABLE fineprint.alert_rule_progress (
  rule text PRIMARY KEY,
  slot_at timestamptz NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('evaluated', 'unavailable', 'failed')),
  series integer NOT NULL,
  bad integer NOT NULL,
  error_code text
);

-- Series of rules that are not quiet.
CREATE TABLE fineprint.alert_standings (
  rule text NOT NULL,
  series text NOT NULL,
  standing json NOT NULL,
  alert json,
  PRIMARY KEY (rule, series)
);
COMMENT ON COLUMN fineprint.alert_standings.alert IS 'The record that it was raised with; null while it is pending';

-- Records that were decided on together with the rows above and below and are still to be published, in this order.
CREATE TABLE fineprint.alert_outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic text NOT NULL,
  key text NOT NULL,
  record json NOT NULL
);

-- Messages to receivers: what they tell of never changes, so that every attempt says the same.
CREATE TABLE fineprint.alert_deliveries (
  delivery_id uuid PRIMARY KEY,
  receiver text NOT NULL,
  group_key text NOT NULL,
  alerts json NOT NULL,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'given_up')),
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  lease_token uuid,
  lease_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz,
  last_error text,
  CHECK ((state = 'pending') = (finished_at IS NULL))
);
-- A message waits for the one before it of its group, so that nobody hears of an end before its beginning.
CREATE UNIQUE INDEX alert_deliveries_one_pending ON fineprint.alert_deliveries (receiver, group_key) WHERE state = 'pending';
CREATE INDEX alert_deliveries_due ON fineprint.alert_deliveries (next_attempt_at) WHERE state = 'pending';
CREATE INDEX alert_deliveries_finished ON fineprint.alert_deliveries (finished_at) WHERE state <> 'pending';

-- Each alert record that a receiver is to be told of, once.
CREATE TABLE fineprint.alert_notices (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  alert_id uuid NOT NULL,
  receiver text NOT NULL,
  group_key text NOT NULL,
  dedup_key text NOT NULL,
  raised_at timestamptz NOT NULL,
  alert json NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'muted')),
  due_at timestamptz NOT NULL,
  silence_id uuid,
  delivery_id uuid,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (alert_id, receiver)
);
CREATE INDEX alert_notices_waiting ON fineprint.alert_notices (receiver, group_key, id) WHERE state = 'waiting';
CREATE INDEX alert_notices_of_alert ON fineprint.alert_notices (dedup_key, raised_at, receiver);
CREATE INDEX alert_notices_old ON fineprint.alert_notices (created_at);
COMMENT ON COLUMN fineprint.alert_notices.state IS 'sent: part of a message; muted: it ended while a silence held its beginning back';
COMMENT ON COLUMN fineprint.alert_notices.silence_id IS 'What holds it back, or did';
