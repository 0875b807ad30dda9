-- Heads of the audit log as they were published (topic audit.anchors): the chain in Postgres has to match them. Rows are kept for good.
CREATE TABLE fineprint.audit_anchors
(
    anchor_id UUID,
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    seq Int64 CODEC(Delta, ZSTD),
    hash String CODEC(ZSTD),
    anchored_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    _topic LowCardinality(String) DEFAULT 'audit.anchors',
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
ORDER BY (seq, anchor_id)
SETTINGS non_replicated_deduplication_window = 10000, deduplicate_merge_projection_mode = 'rebuild';
