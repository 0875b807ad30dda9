-- Segments with their figures, as the product document has them. Rows are made from the definitions in force and kept live by
-- the query API. What is not known, as of a segment without members, is NULL: 0 would be a claim.
CREATE TABLE fineprint.user_segments (
  id UUID PRIMARY KEY,
  name VARCHAR(200) NOT NULL,
  description TEXT,
  criteria JSONB NOT NULL,
  user_count INTEGER DEFAULT 0,
  avg_lifetime_value DECIMAL(10,2) DEFAULT 0,
  conversion_rate DECIMAL(5,4) DEFAULT 0,
  churn_rate DECIMAL(5,4) DEFAULT 0,
  created_at TIMESTAMPTZ DEFAULT NOW(),
  updated_at TIMESTAMPTZ DEFAULT NOW()
);
CREATE UNIQUE INDEX user_segments_name ON fineprint.user_segments (name);

-- What the figures were made of and who is at work on them: of several instances one claims a segment for a while.
CREATE TABLE fineprint.segment_refreshes (
  segment_id uuid PRIMARY KEY REFERENCES fineprint.user_segments (id) ON DELETE CASCADE,
  definition_version integer,
  data_version text,
  as_of timestamptz,
  refreshed_at timestamptz,
  currency text,
  avg_lifetime_value double precision,
  conversion_rate double precision,
  churn_rate double precision,
  problem text,
  claimed_by uuid,
  claimed_until timestamptz
);

COMMENT ON TABLE fineprint.user_segments IS 'Segments in force with their live figures; NULL is not known';
COMMENT ON COLUMN fineprint.user_segments.criteria IS 'The rule, as it was written';
COMMENT ON COLUMN fineprint.user_segments.avg_lifetime_value IS 'In the currency of segment_refreshes, rounded; NULL beyond what the column holds';
COMMENT ON COLUMN fineprint.user_segments.churn_rate IS 'Share without any event for 30 days';
COMMENT ON TABLE fineprint.segment_refreshes IS 'How far the figures of user_segments are, exact, and the claim of who renews them';
