-- How far rows of a table were removed because their time was over. The loader goes on from the highest offset of its table: this
-- is the answer where the rows that knew it are gone. Written before they go.
CREATE TABLE fineprint.removed_positions
(
    table_name LowCardinality(String),
    _topic LowCardinality(String),
    _partition Int32,
    max_offset SimpleAggregateFunction(max, Int64),
    max_source_offset SimpleAggregateFunction(max, Int64)
)
ENGINE = AggregatingMergeTree
ORDER BY (table_name, _topic, _partition);

-- The rows that one removal is about, while it is under way: exactly these are deleted, whatever is stored meanwhile.
CREATE TABLE fineprint.removal_places
(
    removal UUID,
    _topic LowCardinality(String),
    _partition Int32,
    _offset Int64 CODEC(Delta, ZSTD),
    _source_offset Int64 CODEC(Delta, ZSTD),
    row_hash UInt64
)
ENGINE = MergeTree
PARTITION BY removal
ORDER BY (_topic, _partition, _offset);
