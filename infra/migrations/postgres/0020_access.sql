-- Roles of the product document; keys that end by themselves, say when they were last used, and may be held to data sets.
ALTER TABLE fineprint.api_keys DROP CONSTRAINT api_keys_role_check;
ALTER TABLE fineprint.api_keys
  ADD CONSTRAINT api_keys_role_check CHECK (role IN ('analyst', 'operator', 'privacy_officer', 'admin')),
  ADD COLUMN expires_at timestamptz,
  ADD COLUMN last_used_on date,
  ADD COLUMN datasets text[] CHECK (cardinality(datasets) BETWEEN 1 AND 100);
ALTER TABLE fineprint.write_keys
  ADD COLUMN expires_at timestamptz,
  ADD COLUMN last_used_on date;

COMMENT ON COLUMN fineprint.api_keys.expires_at IS 'From then on the key is refused; null: never';
COMMENT ON COLUMN fineprint.api_keys.last_used_on IS 'The last day (UTC) on which it was used, written once a day; null: never';
COMMENT ON COLUMN fineprint.api_keys.datasets IS 'With some, the key exports these data sets and does nothing else; null: all that its role may';
COMMENT ON COLUMN fineprint.write_keys.expires_at IS 'From then on the key is refused; null: never';
COMMENT ON COLUMN fineprint.write_keys.last_used_on IS 'The last day (UTC) on which it was used, written once a day; null: never';
