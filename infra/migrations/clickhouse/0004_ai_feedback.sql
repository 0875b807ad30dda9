-- What is said of AI requests after them. It may come before its request is stored, or about one that never comes: it
-- is kept, and counts once there is the request.
CREATE TABLE fineprint.ai_feedback
(
    event_id UUID,
    event_time DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    request_id UUID,
    score Nullable(Float64),
    eval_scores Map(String, Float64),
    label LowCardinality(Nullable(String)),
    comment Nullable(String) CODEC(ZSTD),
    user_id Nullable(String) CODEC(ZSTD),
    anonymous_id Nullable(String) CODEC(ZSTD),
    session_id Nullable(String) CODEC(ZSTD),
    source LowCardinality(String),
    properties String CODEC(ZSTD),
    context String CODEC(ZSTD),
    client_event_time Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD),
    flags Array(LowCardinality(String)),
    _topic LowCardinality(String) DEFAULT 'ai.feedback.clean',
    _partition Int32,
    _offset Int64 CODEC(Delta, ZSTD),
    _source_offset Int64 CODEC(Delta, ZSTD),
    subject String ALIAS coalesce(user_id, anonymous_id, ''),
    INDEX by_event_id event_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX by_user user_id TYPE bloom_filter(0.01) GRANULARITY 4,
    PROJECTION positions
    (
        SELECT _topic, _partition, max(_offset), max(_source_offset), count()
        GROUP BY _topic, _partition
    )
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (request_id, event_time)
SETTINGS non_replicated_deduplication_window = 10000;

-- What each rater last said of each request that has a score. Without any id of a person each event is a rater of its own.
CREATE VIEW fineprint.ai_feedback_latest AS
SELECT
    request_id,
    coalesce(user_id, anonymous_id, toString(event_id)) AS rater,
    argMax(score, (event_time, received_at, event_id)) AS last_score,
    max(event_time) AS last_event_time,
    count() AS times_rated
FROM fineprint.ai_feedback
WHERE score IS NOT NULL
GROUP BY request_id, rater;

CREATE VIEW fineprint.ai_feedback_by_request AS
SELECT request_id, toInt64(count()) AS raters, sum(ifNull(last_score, 0)) AS score_sum
FROM fineprint.ai_feedback_latest GROUP BY request_id;

-- Requests with all their ratings: what came with the request itself counts as one of them.
CREATE VIEW fineprint.ai_requests_rated AS
SELECT
    r.event_id AS event_id, r.event_time AS event_time, r.model_name AS model_name, r.model_version AS model_version,
    r.provider AS provider, r.experiment_id AS experiment_id, r.variant AS variant, r.success AS success, r.error_type AS error_type,
    r.latency_ms AS latency_ms, r.confidence_score AS confidence_score, r.feedback_score AS feedback_score,
    f.raters AS raters,
    f.raters + (r.feedback_score IS NOT NULL) AS ratings,
    if(ratings = 0, NULL, (f.score_sum + ifNull(r.feedback_score, 0)) / ratings) AS satisfaction
FROM fineprint.ai_requests AS r
LEFT JOIN fineprint.ai_feedback_by_request AS f ON f.request_id = r.event_id;
