-- What people allowed and withdrew: the truth that the scrubber asks, fed from consent.updates.
CREATE TABLE fineprint.consent_records (
  event_id uuid PRIMARY KEY,
  user_id text COLLATE "C",
  anonymous_id text COLLATE "C",
  event_at timestamptz(3) NOT NULL,
  received_at timestamptz(3) NOT NULL,
  categories json NOT NULL,
  jurisdiction text,
  method text,
  policy_version text,
  expires_at timestamptz(3),
  source text NOT NULL,
  properties text NOT NULL,
  partition smallint NOT NULL,
  record_offset bigint NOT NULL
);
CREATE INDEX consent_records_user ON fineprint.consent_records (user_id, event_at DESC) WHERE user_id IS NOT NULL;
CREATE INDEX consent_records_device ON fineprint.consent_records (anonymous_id, event_at DESC)
  WHERE anonymous_id IS NOT NULL;
CREATE INDEX consent_records_place ON fineprint.consent_records (partition, record_offset);

-- Up to where each partition of consent.updates is in the table: moved in the transaction that brings its rows.
CREATE TABLE fineprint.consent_positions (
  partition smallint PRIMARY KEY,
  next_offset bigint NOT NULL CHECK (next_offset >= 0),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

COMMENT ON TABLE fineprint.consent_records IS 'Each consent update once: what one subject allowed or withdrew, from when on, and what proves it';
COMMENT ON COLUMN fineprint.consent_records.user_id IS 'As the scrubber''s policy leaves it: an e-mail address is a keyed pseudonym';
COMMENT ON COLUMN fineprint.consent_records.event_at IS 'From when on it counts';
COMMENT ON COLUMN fineprint.consent_records.received_at IS 'When Kafka had it: events received before are not judged by it';
COMMENT ON COLUMN fineprint.consent_records.categories IS 'Purpose to allowed, as it was sent';
COMMENT ON COLUMN fineprint.consent_records.expires_at IS 'From when on a yes has to be asked for again';
COMMENT ON COLUMN fineprint.consent_records.properties IS 'The proof that its producer attached, without personal data; a JSON object';
COMMENT ON TABLE fineprint.consent_positions IS 'Up to where each partition of consent.updates is in consent_records';
