-- Attempts to tell somebody of alerts. Whoever publishes them may repeat a record after a crash, under the same id and in the
-- same partition, so rows with one sorting key are one row. Query the view below. The row with a partition's highest
-- _offset is always kept: the loader's position.
CREATE TABLE fineprint.alert_deliveries
(
    attempt_id UUID,
    delivery_id UUID,
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    receiver LowCardinality(String),
    channel LowCardinality(String),
    outcome LowCardinality(String),
    attempt Int32 CODEC(T64, ZSTD),
    alert_ids Array(String) CODEC(ZSTD),
    status Nullable(Int32) CODEC(ZSTD),
    error_code LowCardinality(Nullable(String)),
    silence_id Nullable(String) CODEC(ZSTD),
    duration_ms Int32 CODEC(T64, ZSTD),
    occurred_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    _topic LowCardinality(String) DEFAULT 'alerts.deliveries',
    _partition Int32,
    _offset Int64 CODEC(Delta, ZSTD),
    _source_offset Int64 CODEC(Delta, ZSTD),
    PROJECTION positions
    (
        SELECT _topic, _partition, max(_offset), max(_source_offset), count()
        GROUP BY _topic, _partition
    )
)
ENGINE = ReplacingMergeTree(_offset)
PARTITION BY toYYYYMM(received_at)
ORDER BY (receiver, occurred_at, delivery_id, attempt_id)
SETTINGS non_replicated_deduplication_window = 10000, deduplicate_merge_projection_mode = 'rebuild';

-- Each attempt once.
CREATE VIEW fineprint.alert_delivery_attempts AS
SELECT attempt_id, delivery_id, receiver, channel, outcome, attempt, alert_ids, status, error_code, silence_id, duration_ms, occurred_at
FROM fineprint.alert_deliveries FINAL;
