-- Evaluations of drift and alerts. Whoever publishes them may repeat a record after a crash, under the same id and in the
-- same partition, so rows with one sorting key are one row: merges keep the one that came last, and FINAL leaves the
-- others out until then. Query the views below. The row with a partition's highest _offset is always kept: the loader's position.
CREATE TABLE fineprint.ai_drift
(
    drift_id UUID,
    slot DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    model_name LowCardinality(String),
    model_version LowCardinality(String),
    measure LowCardinality(String),
    verdict LowCardinality(String),
    level LowCardinality(String),
    previous_level LowCardinality(String),
    psi Nullable(Float64) CODEC(ZSTD),
    ks_statistic Nullable(Float64) CODEC(ZSTD),
    ks_p_value Nullable(Float64) CODEC(ZSTD),
    ks_at Nullable(Float64) CODEC(ZSTD),
    baseline_count Int64 CODEC(T64, ZSTD),
    current_count Int64 CODEC(T64, ZSTD),
    window_start DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    window_end DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    baseline_version LowCardinality(String),
    baseline_start DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    baseline_end DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    settings LowCardinality(String),
    evaluated_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    _topic LowCardinality(String) DEFAULT 'ai.drift',
    _partition Int32,
    _offset Int64 CODEC(Delta, ZSTD),
    _source_offset Int64 CODEC(Delta, ZSTD),
    INDEX by_slot slot TYPE minmax GRANULARITY 1,
    PROJECTION positions
    (
        SELECT _topic, _partition, max(_offset), max(_source_offset), count()
        GROUP BY _topic, _partition
    )
)
ENGINE = ReplacingMergeTree(_offset)
PARTITION BY toYYYYMM(received_at)
PRIMARY KEY (model_name, model_version, measure, slot)
ORDER BY (model_name, model_version, measure, slot, drift_id)
SETTINGS non_replicated_deduplication_window = 10000, deduplicate_merge_projection_mode = 'rebuild';

CREATE TABLE fineprint.alerts
(
    alert_id UUID,
    dedup_key String CODEC(ZSTD),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    kind LowCardinality(String),
    severity LowCardinality(String),
    state LowCardinality(String),
    raised_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    occurred_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    title String CODEC(ZSTD),
    labels Map(LowCardinality(String), String) CODEC(ZSTD),
    evidence String CODEC(ZSTD),
    source LowCardinality(String),
    _topic LowCardinality(String) DEFAULT 'alerts',
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
ORDER BY (kind, dedup_key, raised_at, occurred_at, alert_id)
SETTINGS non_replicated_deduplication_window = 10000, deduplicate_merge_projection_mode = 'rebuild';

-- Each evaluation once.
CREATE VIEW fineprint.ai_drift_evaluations AS
SELECT drift_id, slot, model_name, model_version, measure, verdict, level, previous_level, psi, ks_statistic, ks_p_value, ks_at,
    baseline_count, current_count, window_start, window_end, baseline_version, baseline_start, baseline_end, settings, evaluated_at
FROM fineprint.ai_drift FINAL;

-- Each alert once, from when it was raised until it was resolved, as it stands now.
CREATE VIEW fineprint.alert_episodes AS
SELECT
    kind, dedup_key, raised_at, a_first AS first_alert_id, a_last.1 AS state, a_last.2 AS severity, a_changed AS changed_at,
    if(a_last.1 = 'resolved', a_changed, NULL) AS resolved_at, a_last.3 AS title, a_last.4 AS labels, a_last.5 AS evidence, a_last.6 AS source
FROM
(
    SELECT
        kind, dedup_key, raised_at,
        argMin(alert_id, (occurred_at, state = 'resolved', alert_id)) AS a_first,
        max(occurred_at) AS a_changed,
        argMax((state, severity, title, labels, evidence, source), (occurred_at, state = 'resolved', alert_id)) AS a_last
    FROM fineprint.alerts FINAL
    GROUP BY kind, dedup_key, raised_at
);
