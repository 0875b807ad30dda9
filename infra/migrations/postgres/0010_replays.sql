-- Replays of a stage over the history that Kafka still has: fineprint replay.
CREATE TABLE fineprint.replays (
  id text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{8}$'),
  stage text NOT NULL,
  topics text[] NOT NULL,
  since timestamptz NOT NULL,
  until timestamptz NOT NULL,
  ranges jsonb NOT NULL,
  clean_ends jsonb NOT NULL,
  code_fingerprint text NOT NULL,
  settings_fingerprint text NOT NULL,
  state text NOT NULL CHECK (state IN ('building', 'ready', 'promoting', 'promoted', 'discarded', 'failed')),
  diff jsonb,
  swap jsonb,
  promotion jsonb,
  error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE fineprint.replays IS 'Shadow runs of a stage and what became of them; holds no value of any event';
COMMENT ON COLUMN fineprint.replays.ranges IS 'What was read: topic, partition, from, to (offsets of the raw topics)';
COMMENT ON COLUMN fineprint.replays.clean_ends IS 'How far the loader must have come before rows are swapped: topic, partition, offset';
COMMENT ON COLUMN fineprint.replays.code_fingerprint IS 'A hash of the stage''s source files';
COMMENT ON COLUMN fineprint.replays.settings_fingerprint IS 'A hash of the settings that decide over an event''s content';
COMMENT ON COLUMN fineprint.replays.swap IS 'The table and month whose swap was begun and not yet seen to be finished';
COMMENT ON COLUMN fineprint.replays.promotion IS 'What promote did: rows, pause, where replaced rows are kept and until when';
