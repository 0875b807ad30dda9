-- Places of rows that were erased with their subject: the books count them as if they were there.
CREATE TABLE IF NOT EXISTS erased_rows (
    request_id VARCHAR NOT NULL,
    table_name VARCHAR NOT NULL,
    received_at TIMESTAMP_NTZ(3) NOT NULL,
    _topic VARCHAR NOT NULL,
    _partition NUMBER(38,0) NOT NULL,
    _offset NUMBER(38,0) NOT NULL,
    _source_offset NUMBER(38,0) NOT NULL,
    _id_murmur3 NUMBER(38,0),
    _id_xxh32 NUMBER(38,0)
);
