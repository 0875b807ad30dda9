-- The product document's tables of events and AI requests, as it has them. Behind its columns stands where each row came from
-- (_partition and _offset in the clean topic, _source_offset in the raw one) and two hashes of its id, so that sums over a
-- stretch of offsets can be compared with the ledger's. Rows inserted by hand have none of these, and are not compared.
CREATE TABLE fineprint.analytics_events (
  id UUID PRIMARY KEY,
  user_id UUID REFERENCES fineprint.users(id),
  event_name VARCHAR(100) NOT NULL,
  properties JSONB DEFAULT '{}',
  context JSONB DEFAULT '{}',
  created_at TIMESTAMPTZ DEFAULT NOW(),
  _partition smallint,
  _offset bigint,
  _source_offset bigint,
  received_at timestamptz,
  _id_murmur3 integer,
  _id_xxh32 integer
);
CREATE INDEX analytics_events_place ON fineprint.analytics_events (_partition, _offset);
CREATE INDEX analytics_events_user ON fineprint.analytics_events (user_id);
CREATE INDEX analytics_events_created ON fineprint.analytics_events USING brin (created_at, received_at) WITH (autosummarize = on);

CREATE TABLE fineprint.ai_model_requests (
  id UUID PRIMARY KEY,
  model_name VARCHAR(100) NOT NULL,
  model_version VARCHAR(50) NOT NULL,
  user_id UUID REFERENCES fineprint.users(id),
  session_id VARCHAR(255),
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  total_tokens INTEGER NOT NULL,
  latency_ms INTEGER NOT NULL,
  success BOOLEAN NOT NULL,
  error_type VARCHAR(100),
  confidence_score DECIMAL(3,2),
  cost_estimate DECIMAL(10,4),
  timestamp TIMESTAMPTZ DEFAULT NOW(),
  _partition smallint,
  _offset bigint,
  _source_offset bigint,
  received_at timestamptz,
  _id_murmur3 integer,
  _id_xxh32 integer
);
CREATE INDEX ai_model_requests_place ON fineprint.ai_model_requests (_partition, _offset);
CREATE INDEX ai_model_requests_user ON fineprint.ai_model_requests (user_id);
CREATE INDEX ai_model_requests_time ON fineprint.ai_model_requests USING brin (timestamp, received_at) WITH (autosummarize = on);

-- Where the loader goes on. A row moves in the same transaction in which the rows before it are stored, and only from where
-- the writer believes it to be: a second writer changes nothing.
CREATE TABLE fineprint.loader_offsets (
  topic text NOT NULL,
  partition smallint NOT NULL,
  next_offset bigint NOT NULL,
  source_offset bigint,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50); -- few rows that change often, and find room for it on their page

-- Records that are in no row by a rule, and rows that a replay brought back behind where the loader stands.
CREATE TABLE fineprint.loader_exceptions (
  topic text NOT NULL,
  partition smallint NOT NULL,
  record_offset bigint NOT NULL,
  kind text NOT NULL CHECK (kind IN ('dropped', 'restored')),
  rule text NOT NULL,
  event_id uuid NOT NULL,
  source_offset bigint,
  noted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (topic, partition, record_offset)
);

COMMENT ON TABLE fineprint.analytics_events IS 'Product events, as the product document has them; the loader fills it from product.events.clean';
COMMENT ON COLUMN fineprint.analytics_events.user_id IS 'The user, or the visitor where no user is known (users.is_anonymous)';
COMMENT ON COLUMN fineprint.analytics_events.properties IS 'What the producer attached, and what the event says in typed fields of its kind';
COMMENT ON COLUMN fineprint.analytics_events.context IS 'Where it happened, and kind, source, session_id and anonymous_id';
COMMENT ON COLUMN fineprint.analytics_events.created_at IS 'When it happened';
COMMENT ON COLUMN fineprint.analytics_events.received_at IS 'When it was received';
COMMENT ON TABLE fineprint.ai_model_requests IS 'Requests to AI models, as the product document has them; the loader fills it from ai.requests.clean';
COMMENT ON COLUMN fineprint.ai_model_requests.timestamp IS 'When it happened';
COMMENT ON COLUMN fineprint.ai_model_requests.received_at IS 'When it was received';
COMMENT ON TABLE fineprint.loader_offsets IS 'Where postgres-loader goes on in each partition';
COMMENT ON COLUMN fineprint.loader_offsets.source_offset IS 'The highest source offset stored: what is not above it is a repeat';
COMMENT ON TABLE fineprint.loader_exceptions IS 'Records without a row by a rule of the loader''s, and rows stored by a replay';
