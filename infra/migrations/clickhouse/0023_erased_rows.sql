-- Places of rows that were erased with their subject: the loader's position and the books count them as if they were there. The
-- two hashes are those of the ledger, of which no event id follows. A repeat of an erasure is the same row.
CREATE TABLE fineprint.erased_rows
(
    request_id UUID,
    table LowCardinality(String),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    erased_at DateTime64(3, 'UTC') DEFAULT now64(3),
    id_murmur3 UInt32,
    id_xxh32 UInt32,
    _topic LowCardinality(String),
    _partition Int32,
    _offset Int64 CODEC(Delta, ZSTD),
    _source_offset Int64 CODEC(Delta, ZSTD)
)
ENGINE = ReplacingMergeTree(erased_at)
PARTITION BY toYYYYMM(received_at)
ORDER BY (table, _topic, _partition, _offset);
