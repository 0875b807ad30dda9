-- Results of data quality rules. Repeats after a crash have the same id and lie in the same partition: merges keep the one that
-- came last, and FINAL leaves the others out until then. Query the views below.
CREATE TABLE fineprint.quality_results
(
    result_id UUID,
    slot DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    rule LowCardinality(String),
    dataset LowCardinality(String),
    kind LowCardinality(String),
    severity LowCardinality(String),
    status LowCardinality(String),
    rows_checked Int64 CODEC(T64, ZSTD),
    bad_rows Int64 CODEC(T64, ZSTD),
    value Nullable(Float64) CODEC(ZSTD),
    threshold Float64 CODEC(ZSTD),
    window_start DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    window_end DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    sample_event_ids Array(String) CODEC(ZSTD),
    details String CODEC(ZSTD),
    evaluated_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    _topic LowCardinality(String) DEFAULT 'quality.results',
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
ORDER BY (dataset, rule, slot, result_id)
SETTINGS non_replicated_deduplication_window = 10000, deduplicate_merge_projection_mode = 'rebuild';

-- Each result once.
CREATE VIEW fineprint.quality_checks AS
SELECT result_id, slot, rule, dataset, kind, severity, status, rows_checked, bad_rows, value, threshold, window_start, window_end,
    sample_event_ids, details, evaluated_at
FROM fineprint.quality_results FINAL;
