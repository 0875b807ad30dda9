-- What person-builder works out: who is who, and where each person stands. A row is a snapshot with a revision; of the rows
-- with one sorting key the highest revision counts, merges drop the others, and FINAL leaves them out until then. Query the
-- views below.
--
-- A row may be replaced by one of another partition, so max(_offset) can fall back when parts are merged. Then a restarted
-- loader reads some snapshots again, and their revision makes them harmless.
--
-- These are states, not events: a row says what holds now, however long ago it changed, so none of them expires.

CREATE TABLE fineprint.identity_links
(
    anonymous_id String CODEC(ZSTD),
    user_id String CODEC(ZSTD),
    identified_at DateTime64(3, 'UTC') CODEC(ZSTD),
    revision Int64 CODEC(ZSTD),
    updated_at DateTime64(3, 'UTC') CODEC(ZSTD),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    _topic LowCardinality(String) DEFAULT 'identity.links',
    _partition Int32,
    _offset Int64 CODEC(Delta, ZSTD),
    _source_offset Int64 CODEC(Delta, ZSTD),
    PROJECTION positions
    (
        SELECT _topic, _partition, max(_offset), max(_source_offset), count()
        GROUP BY _topic, _partition
    )
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(received_at)
ORDER BY anonymous_id
SETTINGS non_replicated_deduplication_window = 10000, deduplicate_merge_projection_mode = 'rebuild';

CREATE TABLE fineprint.funnel_progress
(
    person String CODEC(ZSTD),
    funnel LowCardinality(String),
    definition_version Int64 CODEC(T64, ZSTD),
    revision Int64 CODEC(ZSTD),
    level Int32 CODEC(T64, ZSTD),
    step_count Int32 CODEC(T64, ZSTD),
    steps Array(LowCardinality(String)) CODEC(ZSTD),
    step_times Array(DateTime64(3, 'UTC')) CODEC(ZSTD),
    entered_at Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD),
    reached_at Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD),
    open_until Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD),
    exact Bool,
    merged_into Nullable(String) CODEC(ZSTD),
    updated_at DateTime64(3, 'UTC') CODEC(ZSTD),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    _topic LowCardinality(String) DEFAULT 'funnel.progress',
    _partition Int32,
    _offset Int64 CODEC(Delta, ZSTD),
    _source_offset Int64 CODEC(Delta, ZSTD),
    PROJECTION positions
    (
        SELECT _topic, _partition, max(_offset), max(_source_offset), count()
        GROUP BY _topic, _partition
    )
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(received_at)
ORDER BY (funnel, person)
SETTINGS non_replicated_deduplication_window = 10000, deduplicate_merge_projection_mode = 'rebuild';

CREATE TABLE fineprint.cohort_membership
(
    person String CODEC(ZSTD),
    cohort LowCardinality(String),
    definition_version Int64 CODEC(T64, ZSTD),
    revision Int64 CODEC(ZSTD),
    member Bool,
    since Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD),
    merged_into Nullable(String) CODEC(ZSTD),
    updated_at DateTime64(3, 'UTC') CODEC(ZSTD),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    _topic LowCardinality(String) DEFAULT 'cohort.membership',
    _partition Int32,
    _offset Int64 CODEC(Delta, ZSTD),
    _source_offset Int64 CODEC(Delta, ZSTD),
    PROJECTION positions
    (
        SELECT _topic, _partition, max(_offset), max(_source_offset), count()
        GROUP BY _topic, _partition
    )
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(received_at)
ORDER BY (cohort, person)
SETTINGS non_replicated_deduplication_window = 10000, deduplicate_merge_projection_mode = 'rebuild';

-- Whose each anonymous id is now.
CREATE VIEW fineprint.identities AS
SELECT anonymous_id, user_id, identified_at
FROM fineprint.identity_links FINAL;

-- Each person in each funnel as of now; `open_until` against the clock tells in_progress from dropped.
CREATE VIEW fineprint.funnel_people AS
SELECT
    funnel, person, definition_version, level, step_count, steps, step_times, entered_at, reached_at, open_until, exact,
    level = step_count AS converted, updated_at
FROM fineprint.funnel_progress FINAL
WHERE merged_into IS NULL AND level > 0;

-- Who is in each cohort now.
CREATE VIEW fineprint.cohort_members AS
SELECT cohort, person, definition_version, since, updated_at
FROM fineprint.cohort_membership FINAL
WHERE member AND merged_into IS NULL;

-- Product events with the person they belong to: the event's user, else the user that the anonymous id was first
-- identified as, else the anonymous id itself. `u:` and a user id, or `a:` and an anonymous id; empty without either.
CREATE VIEW fineprint.product_events_by_person AS
SELECT
    multiIf(
        e.user_id IS NOT NULL, concat('u:', assumeNotNull(e.user_id)),
        coalesce(i.owner, '') != '', concat('u:', coalesce(i.owner, '')),
        e.anonymous_id IS NOT NULL, concat('a:', assumeNotNull(e.anonymous_id)),
        '') AS person,
    e.event_id AS event_id, e.kind AS kind, e.event_name AS event_name, e.event_time AS event_time,
    e.received_at AS received_at, e.user_id AS user_id, e.anonymous_id AS anonymous_id, e.session_id AS session_id,
    e.source AS source, e.properties AS properties, e.context AS context, e.traits AS traits, e.page_url AS page_url,
    e.page_title AS page_title, e.page_referrer AS page_referrer, e.funnel_name AS funnel_name, e.step_name AS step_name,
    e.step_order AS step_order, e.conversion_type AS conversion_type, e.conversion_value AS conversion_value,
    e.currency AS currency, e.feature AS feature, e.engagement_action AS engagement_action,
    e.engagement_duration_ms AS engagement_duration_ms
FROM fineprint.product_events AS e
LEFT JOIN
(
    SELECT anonymous_id AS linked_id, user_id AS owner FROM fineprint.identity_links FINAL
) AS i ON e.anonymous_id = i.linked_id;
