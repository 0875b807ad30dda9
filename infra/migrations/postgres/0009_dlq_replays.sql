-- What operators replayed: who, when, which letters, with what result. A row without finished_at was broken off; whoever
-- runs the same replay again goes on from what dlq_replayed says.
CREATE TABLE fineprint.dlq_replays (
  id uuid PRIMARY KEY,
  operator text NOT NULL CHECK (length(operator) BETWEEN 1 AND 200),
  filter json NOT NULL CHECK (json_typeof(filter) = 'object'),
  selected bigint NOT NULL,
  replayed bigint NOT NULL DEFAULT 0,
  already_replayed bigint NOT NULL DEFAULT 0,
  refused bigint NOT NULL DEFAULT 0,
  refused_by_reason json NOT NULL DEFAULT '{}' CHECK (json_typeof(refused_by_reason) = 'object'),
  started_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);
CREATE INDEX dlq_replays_started ON fineprint.dlq_replays (started_at);

COMMENT ON TABLE fineprint.dlq_replays IS 'Replays of dead letters, for the record: fineprint dlq replay';
COMMENT ON COLUMN fineprint.dlq_replays.operator IS 'The account and machine that ran it, or what --operator said';
COMMENT ON COLUMN fineprint.dlq_replays.filter IS 'The options that chose the letters';
COMMENT ON COLUMN fineprint.dlq_replays.finished_at IS 'Null: it was broken off, or runs';

-- Which letters went back to their stage. Only a note, so that they are not offered again: that nothing counts twice rests on
-- the stages. A row is written after what was sent is acknowledged; letters expire long before the rows do.
CREATE TABLE fineprint.dlq_replayed (
  dead_letter_id text PRIMARY KEY,
  stage text NOT NULL,
  failed_at timestamptz NOT NULL,
  replay_id uuid NOT NULL REFERENCES fineprint.dlq_replays (id),
  replayed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX dlq_replayed_at ON fineprint.dlq_replayed (replayed_at);

COMMENT ON COLUMN fineprint.dlq_replayed.failed_at IS 'When the letter was written. One of the same id with a later time was refused again';
