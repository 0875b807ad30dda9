-- The books. A row of pipeline_ledger is what became of a run of records at one stage; a run that was repeated after a crash
-- has several rows, which overlap. Query pipeline_ledger_lines for one line per ending, and `fineprint audit` for the balance.
CREATE TABLE fineprint.pipeline_ledger
(
    entry_id UUID,
    stage LowCardinality(String),
    instance LowCardinality(String),
    sequence Int64 CODEC(Delta, ZSTD),
    role LowCardinality(String),
    topic LowCardinality(String),
    partition Int32,
    first_offset Int64 CODEC(Delta, ZSTD),
    next_offset Int64 CODEC(Delta, ZSTD),
    records Int64 CODEC(T64, ZSTD),
    ids_murmur3 Int64 CODEC(ZSTD),
    ids_xxh32 Int64 CODEC(ZSTD),
    line_kinds Array(LowCardinality(String)) CODEC(ZSTD),
    line_targets Array(LowCardinality(String)) CODEC(ZSTD),
    line_records Array(Int64) CODEC(ZSTD),
    line_ids_murmur3 Array(Int64) CODEC(ZSTD),
    line_ids_xxh32 Array(Int64) CODEC(ZSTD),
    first_time DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    last_time DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    written_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    _topic LowCardinality(String) DEFAULT 'pipeline.ledger',
    _partition Int32,
    _offset Int64 CODEC(Delta, ZSTD),
    _source_offset Int64 CODEC(Delta, ZSTD),
    INDEX by_time written_at TYPE minmax GRANULARITY 1,
    PROJECTION positions
    (
        SELECT _topic, _partition, max(_offset), max(_source_offset), count()
        GROUP BY _topic, _partition
    )
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (stage, topic, partition, first_offset)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE VIEW fineprint.pipeline_ledger_lines AS
SELECT
    stage, instance, sequence, role, topic, partition, first_offset, next_offset,
    kind, target, line_count AS records, murmur3 AS ids_murmur3, xxh32 AS ids_xxh32, first_time, last_time, written_at
FROM fineprint.pipeline_ledger
ARRAY JOIN
    line_kinds AS kind, line_targets AS target, line_records AS line_count, line_ids_murmur3 AS murmur3, line_ids_xxh32 AS xxh32;

-- What happened to single events: only what is out of the ordinary, and never a value. A repeat after a crash is the same row.
CREATE TABLE fineprint.event_notes
(
    event_id UUID,
    stage LowCardinality(String),
    kind LowCardinality(String),
    reason LowCardinality(String),
    topic LowCardinality(Nullable(String)),
    partition Nullable(Int32),
    offset Nullable(Int64) CODEC(ZSTD),
    types Array(LowCardinality(String)) CODEC(ZSTD),
    paths Array(String) CODEC(ZSTD),
    noted_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    _topic LowCardinality(String) DEFAULT 'pipeline.notes',
    _partition Int32,
    _offset Int64 CODEC(Delta, ZSTD),
    _source_offset Int64 CODEC(Delta, ZSTD),
    INDEX by_time noted_at TYPE minmax GRANULARITY 1,
    PROJECTION positions
    (
        SELECT _topic, _partition, max(_offset), max(_source_offset), count()
        GROUP BY _topic, _partition
    )
)
ENGINE = ReplacingMergeTree(_offset)
PARTITION BY toYYYYMM(received_at)
ORDER BY (event_id, stage, kind, ifNull(topic, ''), ifNull(partition, -1), ifNull(offset, -1))
SETTINGS non_replicated_deduplication_window = 10000, deduplicate_merge_projection_mode = 'rebuild';
