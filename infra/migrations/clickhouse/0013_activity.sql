-- What happened, by quarter of an hour and by day of event time, in UTC: made by jobs (fineprint jobs list), and kept when the
-- rows it was counted from have expired. Of the rows of one window the one that was made last counts; merges drop the others,
-- and FINAL leaves them out until then. Query the views below.
CREATE TABLE fineprint.activity
(
    grain LowCardinality(String),
    window_start DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    computed_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    events Int64 CODEC(T64, ZSTD),
    events_by_kind Map(LowCardinality(String), Int64) CODEC(ZSTD),
    people Int64 CODEC(T64, ZSTD),
    sessions Int64 CODEC(T64, ZSTD),
    ai_requests Int64 CODEC(T64, ZSTD),
    ai_errors Int64 CODEC(T64, ZSTD),
    ai_tokens Int64 CODEC(T64, ZSTD),
    ai_people Int64 CODEC(T64, ZSTD)
)
ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYear(window_start)
ORDER BY (grain, window_start);

CREATE VIEW fineprint.activity_quarter_hours AS
SELECT window_start, computed_at, events, events_by_kind, people, sessions, ai_requests, ai_errors, ai_tokens, ai_people
FROM fineprint.activity FINAL WHERE grain = 'quarter_hour';

CREATE VIEW fineprint.activity_days AS
SELECT window_start, computed_at, events, events_by_kind, people, sessions, ai_requests, ai_errors, ai_tokens, ai_people
FROM fineprint.activity FINAL WHERE grain = 'day';
