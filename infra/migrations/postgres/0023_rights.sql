-- Rights of the people whom events are about. With ENABLE_DATA_ANONYMIZATION the scrubber writes a random pseudonym in place of
-- each user and anonymous id; this table is all that connects the two, so who deletes a row cuts the connection for good.
CREATE TABLE fineprint.subject_pseudonyms (
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('user', 'anonymous')),
  id text COLLATE "C" NOT NULL CHECK (id <> '' AND length(id) <= 255),
  pseudonym uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (kind, id)
);

-- Who was erased, as keyed hashes: what happened or arrived before `erased_at` does not come back. No id can be read from it.
CREATE TABLE fineprint.erased_subjects (
  subject_hash bytea PRIMARY KEY CHECK (octet_length(subject_hash) = 32),
  erased_at timestamptz(3) NOT NULL,
  request_id uuid NOT NULL,
  listed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX erased_subjects_listed ON fineprint.erased_subjects (listed_at);

CREATE TABLE fineprint.privacy_requests (
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('access', 'erasure')),
  subject_hash bytea NOT NULL CHECK (octet_length(subject_hash) = 32),
  subject json,
  regulation text NOT NULL CHECK (regulation IN ('gdpr', 'ccpa')),
  identity_check text NOT NULL CHECK (length(identity_check) BETWEEN 1 AND 500),
  requested_by text NOT NULL,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'following', 'done')),
  created_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds', clock_timestamp()),
  due_at timestamptz(3) NOT NULL,
  cutoff_at timestamptz(3),
  finished_at timestamptz(3),
  scope json,
  archive json,
  receipt text,
  signature text,
  CHECK ((receipt IS NULL) = (signature IS NULL))
);
CREATE UNIQUE INDEX privacy_requests_one_open ON fineprint.privacy_requests (kind, subject_hash) WHERE state = 'open';
CREATE INDEX privacy_requests_by_time ON fineprint.privacy_requests (created_at);

CREATE TABLE fineprint.privacy_steps (
  request_id uuid NOT NULL REFERENCES fineprint.privacy_requests (id),
  position smallint NOT NULL,
  name text NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done')),
  attempts integer NOT NULL DEFAULT 0,
  started_at timestamptz,
  finished_at timestamptz,
  error_code text,
  result json,
  PRIMARY KEY (request_id, name)
);

CREATE TABLE fineprint.privacy_vendor_deletions (
  request_id uuid NOT NULL REFERENCES fineprint.privacy_requests (id),
  destination text NOT NULL,
  status text NOT NULL CHECK (status IN ('asked', 'done', 'failed', 'not_configured')),
  task text,
  ids integer NOT NULL,
  asked_at timestamptz NOT NULL,
  checked_at timestamptz,
  PRIMARY KEY (request_id, destination)
);

-- Places of rows that were erased from Postgres' tables, so that the books stay balanced: no id, no content.
CREATE TABLE fineprint.erased_rows (
  topic text NOT NULL,
  partition smallint NOT NULL,
  record_offset bigint NOT NULL,
  source_offset bigint,
  id_murmur3 integer,
  id_xxh32 integer,
  request_id uuid NOT NULL,
  erased_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (topic, partition, record_offset)
);

COMMENT ON TABLE fineprint.subject_pseudonyms IS 'The pseudonym of each user and anonymous id: all that connects stores with people';
COMMENT ON COLUMN fineprint.subject_pseudonyms.id IS 'As the scrubber''s policy leaves it: an e-mail address is a keyed pseudonym already';
COMMENT ON TABLE fineprint.erased_subjects IS 'Keyed hashes of erased ids and their pseudonyms';
COMMENT ON COLUMN fineprint.erased_subjects.listed_at IS 'When the row was written: readers ask for what is new';
COMMENT ON TABLE fineprint.privacy_requests IS 'Requests for access to, and erasure of, everything about one subject';
COMMENT ON COLUMN fineprint.privacy_requests.subject IS 'What was asked for; null once it is forgotten';
COMMENT ON COLUMN fineprint.privacy_requests.state IS 'following: erased here, and a destination has not said yet that it is done';
COMMENT ON COLUMN fineprint.privacy_requests.cutoff_at IS 'Of an erasure: what happened or arrived until then is erased';
COMMENT ON COLUMN fineprint.privacy_requests.scope IS 'The subject''s ids in every form that stores hold; null once it is done';
COMMENT ON COLUMN fineprint.privacy_requests.receipt IS 'What was found and removed where, and what remains until when, as it was signed';
COMMENT ON TABLE fineprint.erased_rows IS 'Places of rows that were erased';
