-- Write keys: who may send events, one row per key. Only a SHA-256 of the key is kept. A key is 256 random bits, so
-- nobody can guess it from its hash, and a slow password hash would protect nothing while costing CPU on each request.
CREATE TABLE fineprint.write_keys (
  id uuid PRIMARY KEY,
  source text NOT NULL CHECK (source ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
  key_hash bytea NOT NULL UNIQUE CHECK (octet_length(key_hash) = 32),
  key_hint text NOT NULL CHECK (length(key_hint) <= 16),
  allowed_origins text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz
);
CREATE INDEX write_keys_source ON fineprint.write_keys (source);

COMMENT ON TABLE fineprint.write_keys IS 'Keys that may send events to the ingest gateway';
COMMENT ON COLUMN fineprint.write_keys.source IS 'Goes into each event as its source; deduplication is per source, so that a key can be rotated';
COMMENT ON COLUMN fineprint.write_keys.key_hint IS 'The end of the key, so that a person can tell keys apart';
COMMENT ON COLUMN fineprint.write_keys.allowed_origins IS 'Browser origins that may use the key; empty allows all';
