-- A dead letter's id follows from where its record lay (a UUIDv5, as packages/stream-runtime/src/dead-letter.ts makes it),
-- so a note can be found by it. Null of what came over HTTP: that one follows from the request.
ALTER TABLE fineprint.event_notes ADD COLUMN IF NOT EXISTS dead_letter_id Nullable(UUID) MATERIALIZED if(
    kind = 'dead_lettered' AND offset IS NOT NULL,
    toUUIDOrNull(arrayElement(arrayMap(
        h -> concat(
            substring(h, 1, 8), '-', substring(h, 9, 4), '-5', substring(h, 14, 3), '-',
            translate(substring(h, 17, 1), '0123456789abcdef', '89ab89ab89ab89ab'), substring(h, 18, 3), '-', substring(h, 21, 12)),
        [lower(hex(SHA1(concat(
            unhex('6f1c3f0e7a535b0a9d5e2f6b1f0c9a11'),
            toString(stage), '/', toString(ifNull(topic, '')), '/', toString(ifNull(partition, 0)), '/', toString(ifNull(offset, 0))))))]), 1)),
    NULL);

ALTER TABLE fineprint.event_notes ADD INDEX IF NOT EXISTS by_dead_letter dead_letter_id TYPE bloom_filter(0.01) GRANULARITY 4;

ALTER TABLE fineprint.event_notes MATERIALIZE INDEX by_dead_letter;

-- From where to where each stage's entries reach, however many there are.
ALTER TABLE fineprint.pipeline_ledger ADD PROJECTION IF NOT EXISTS reach
(
    SELECT stage, topic, partition, min(first_offset), max(next_offset), max(last_time)
    GROUP BY stage, topic, partition
);

ALTER TABLE fineprint.pipeline_ledger MATERIALIZE PROJECTION reach;
