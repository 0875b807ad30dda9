-- Who did what with personal data, and every administrative act: a chain in which each entry's hash covers the one before. Nobody
-- changes or removes an entry; whoever gets round the triggers breaks the chain, and whoever mends the chain does not match the
-- heads that were published to Kafka and ClickHouse meanwhile (audit.anchors). @fineprint/audit-log computes the same bytes.
CREATE TABLE fineprint.audit_log (
  seq bigint PRIMARY KEY CHECK (seq > 0),
  at timestamptz NOT NULL,
  actor text NOT NULL CHECK (length(actor) BETWEEN 1 AND 300),
  role text NOT NULL CHECK (length(role) BETWEEN 1 AND 50),
  action text NOT NULL CHECK (length(action) BETWEEN 1 AND 100),
  object text CHECK (length(object) BETWEEN 1 AND 300),
  subject text CHECK (subject ~ '^[0-9a-f]{32}$'),
  outcome text NOT NULL CHECK (outcome IN ('allowed', 'denied', 'failed')),
  code text CHECK (length(code) BETWEEN 1 AND 100),
  request_id text NOT NULL CHECK (length(request_id) BETWEEN 1 AND 100),
  prev_hash bytea NOT NULL CHECK (octet_length(prev_hash) = 32),
  hash bytea NOT NULL CHECK (octet_length(hash) = 32)
);
CREATE INDEX audit_log_by_time ON fineprint.audit_log (at);
CREATE INDEX audit_log_by_actor ON fineprint.audit_log (actor, seq);
CREATE INDEX audit_log_by_subject ON fineprint.audit_log (subject, seq) WHERE subject IS NOT NULL;

COMMENT ON TABLE fineprint.audit_log IS 'Access to personal data and administrative acts, append-only and hash-chained: fineprint audit-log';
COMMENT ON COLUMN fineprint.audit_log.actor IS 'api_key:<id>, oidc:<subject>, write_key:<id>, cli:<user of the machine>; never a key';
COMMENT ON COLUMN fineprint.audit_log.object IS 'What it was done to: path parameters, or a name';
COMMENT ON COLUMN fineprint.audit_log.subject IS 'Whom it is about, as a keyed hash (AUDIT_HASH_KEY): the log holds no personal data';
COMMENT ON COLUMN fineprint.audit_log.outcome IS 'allowed: written before it was done; failed: an allowed one of this request_id came to nothing; denied: not for this role';
COMMENT ON COLUMN fineprint.audit_log.hash IS 'SHA-256 of all other columns, each with its length; the first entry''s prev_hash is zeros';

-- A field with its length in bytes: no two lists of fields have the same text.
CREATE FUNCTION fineprint.audit_field(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN value IS NULL THEN '-,' ELSE octet_length(value) || ':' || value || ',' END
$$;

-- Appends entries, one after another over all writers. Services need EXECUTE on this and SELECT on the table, nothing else.
CREATE FUNCTION fineprint.append_audit(entries jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s' AS $$
DECLARE
  entry jsonb;
  last_seq bigint := 0;
  last_hash bytea := decode(repeat('00', 32), 'hex');
  prev_hash bytea;
  entry_at timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(7251020);
  SELECT l.seq, l.hash INTO last_seq, last_hash FROM fineprint.audit_log AS l ORDER BY l.seq DESC LIMIT 1;
  IF NOT FOUND THEN
    last_seq := 0;
    last_hash := decode(repeat('00', 32), 'hex');
  END IF;
  FOR entry IN SELECT e.value FROM jsonb_array_elements(entries) WITH ORDINALITY AS e (value, position) ORDER BY e.position LOOP
    prev_hash := last_hash;
    last_seq := last_seq + 1;
    entry_at := date_trunc('milliseconds', clock_timestamp());
    last_hash := sha256(convert_to(
      'fineprint.audit.1,'
      || fineprint.audit_field(last_seq::text)
      || fineprint.audit_field(to_char(entry_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
      || fineprint.audit_field(entry ->> 'actor')
      || fineprint.audit_field(entry ->> 'role')
      || fineprint.audit_field(entry ->> 'action')
      || fineprint.audit_field(entry ->> 'object')
      || fineprint.audit_field(entry ->> 'subject')
      || fineprint.audit_field(entry ->> 'outcome')
      || fineprint.audit_field(entry ->> 'code')
      || fineprint.audit_field(entry ->> 'request_id')
      || fineprint.audit_field(encode(prev_hash, 'hex')), 'UTF8'));
    INSERT INTO fineprint.audit_log
      (seq, at, actor, role, action, object, subject, outcome, code, request_id, prev_hash, hash)
    VALUES
      (last_seq, entry_at, entry ->> 'actor', entry ->> 'role', entry ->> 'action', entry ->> 'object',
       entry ->> 'subject', entry ->> 'outcome', entry ->> 'code', entry ->> 'request_id', prev_hash, last_hash);
  END LOOP;
  RETURN last_seq;
END
$$;

CREATE FUNCTION fineprint.refuse_audit_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fineprint.audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION fineprint.refuse_audit_change();
-- Also for sessions that replicate, where ordinary triggers sleep.
ALTER TABLE fineprint.audit_log ENABLE ALWAYS TRIGGER audit_log_append_only;

REVOKE ALL ON FUNCTION fineprint.append_audit(jsonb) FROM PUBLIC;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON fineprint.audit_log FROM PUBLIC;
