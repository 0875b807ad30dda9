-- Receipts of the forwarders: what became of each event at each destination. After a crash an event may be delivered again,
-- which the destination recognises by its id: the last receipt is kept.
CREATE TABLE fineprint.deliveries
(
    event_id UUID,
    destination LowCardinality(String),
    outcome LowCardinality(String),
    reason LowCardinality(String),
    status Nullable(Int32) CODEC(T64, ZSTD),
    attempts Int32 CODEC(T64, ZSTD),
    topic LowCardinality(String),
    partition Int32,
    offset Int64 CODEC(Delta, ZSTD),
    settled_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    _topic LowCardinality(String) DEFAULT 'sinks.deliveries',
    _partition Int32,
    _offset Int64 CODEC(Delta, ZSTD),
    _source_offset Int64 CODEC(Delta, ZSTD),
    INDEX by_time settled_at TYPE minmax GRANULARITY 1,
    PROJECTION positions
    (
        SELECT _topic, _partition, max(_offset), max(_source_offset), count()
        GROUP BY _topic, _partition
    )
)
ENGINE = ReplacingMergeTree(_offset)
PARTITION BY toYYYYMM(received_at)
ORDER BY (event_id, destination, topic, partition, offset)
SETTINGS non_replicated_deduplication_window = 10000, deduplicate_merge_projection_mode = 'rebuild';

-- One row per event and destination: what holds now. A letter that was replayed has a later receipt than its rejection.
CREATE VIEW fineprint.delivery_status AS
SELECT event_id, destination, outcome, reason, status, attempts, settled_at
FROM fineprint.deliveries
ORDER BY settled_at DESC, _offset DESC
LIMIT 1 BY event_id, destination;
