-- API keys: who may read, one row per key. As with write keys, only a SHA-256 of 256 random bits is kept.
CREATE TABLE fineprint.api_keys (
  id uuid PRIMARY KEY,
  name text NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
  role text NOT NULL CHECK (role IN ('analyst', 'operator', 'admin')),
  key_hash bytea NOT NULL UNIQUE CHECK (octet_length(key_hash) = 32),
  key_hint text NOT NULL CHECK (length(key_hint) <= 16),
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz
);

COMMENT ON TABLE fineprint.api_keys IS 'Keys that may read through the query API';
COMMENT ON COLUMN fineprint.api_keys.name IS 'Whose key it is, for people; it decides nothing';
COMMENT ON COLUMN fineprint.api_keys.role IS 'What the key may read: services/query-api/src/keys/access.ts';
COMMENT ON COLUMN fineprint.api_keys.key_hint IS 'The end of the key, so that a person can tell keys apart';
