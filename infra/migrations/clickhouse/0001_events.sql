-- Every table below carries where each row came from: _partition and _offset are its place in the clean topic, and
-- _source_offset its place in the raw one. The loader goes on from max(_offset) of what a table holds; the projection
-- keeps that answer inside the parts themselves, so it is cheap and can never disagree with the rows.
-- One insert fills one part (received_at's month), so it is stored whole or not at all.

CREATE TABLE fineprint.product_events
(
    event_id UUID,
    kind LowCardinality(String),
    event_name LowCardinality(String),
    event_time DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    user_id Nullable(String) CODEC(ZSTD),
    anonymous_id Nullable(String) CODEC(ZSTD),
    session_id Nullable(String) CODEC(ZSTD),
    source LowCardinality(String),
    properties String CODEC(ZSTD),
    context String CODEC(ZSTD),
    client_event_time Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD),
    flags Array(LowCardinality(String)),
    traits Nullable(String) CODEC(ZSTD),
    page_url Nullable(String) CODEC(ZSTD),
    page_title Nullable(String) CODEC(ZSTD),
    page_referrer Nullable(String) CODEC(ZSTD),
    funnel_name LowCardinality(Nullable(String)),
    step_name LowCardinality(Nullable(String)),
    step_order Nullable(Int32),
    conversion_type LowCardinality(Nullable(String)),
    conversion_value Nullable(Float64),
    currency LowCardinality(Nullable(String)),
    feature LowCardinality(Nullable(String)),
    engagement_action LowCardinality(Nullable(String)),
    engagement_duration_ms Nullable(Int64),
    _topic LowCardinality(String) DEFAULT 'product.events.clean',
    _partition Int32,
    _offset Int64 CODEC(Delta, ZSTD),
    _source_offset Int64 CODEC(Delta, ZSTD),
    subject String ALIAS coalesce(user_id, anonymous_id, ''),
    INDEX by_event_id event_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX by_user user_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX by_time event_time TYPE minmax GRANULARITY 1,
    PROJECTION positions
    (
        SELECT _topic, _partition, max(_offset), max(_source_offset), count()
        GROUP BY _topic, _partition
    )
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (event_name, toDate(event_time), event_time)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE fineprint.ai_requests
(
    event_id UUID,
    event_time DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    model_name LowCardinality(String),
    model_version LowCardinality(String),
    provider LowCardinality(Nullable(String)),
    operation LowCardinality(Nullable(String)),
    user_id Nullable(String) CODEC(ZSTD),
    anonymous_id Nullable(String) CODEC(ZSTD),
    session_id Nullable(String) CODEC(ZSTD),
    input_tokens Int64 CODEC(T64, ZSTD),
    output_tokens Int64 CODEC(T64, ZSTD),
    cached_tokens Int64 CODEC(T64, ZSTD),
    total_tokens Int64 CODEC(T64, ZSTD),
    latency_ms Nullable(Float64) CODEC(ZSTD),
    time_to_first_token_ms Nullable(Float64) CODEC(ZSTD),
    success Bool,
    error_type LowCardinality(Nullable(String)),
    confidence_score Nullable(Float64),
    cost_estimate Nullable(Float64),
    service_tier LowCardinality(Nullable(String)),
    region LowCardinality(Nullable(String)),
    experiment_id LowCardinality(Nullable(String)),
    variant LowCardinality(Nullable(String)),
    feedback_score Nullable(Float64),
    eval_scores Map(String, Float64),
    source LowCardinality(String),
    properties String CODEC(ZSTD),
    context String CODEC(ZSTD),
    client_event_time Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD),
    flags Array(LowCardinality(String)),
    _topic LowCardinality(String) DEFAULT 'ai.requests.clean',
    _partition Int32,
    _offset Int64 CODEC(Delta, ZSTD),
    _source_offset Int64 CODEC(Delta, ZSTD),
    subject String ALIAS coalesce(user_id, anonymous_id, ''),
    INDEX by_event_id event_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX by_user user_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX by_time event_time TYPE minmax GRANULARITY 1,
    PROJECTION positions
    (
        SELECT _topic, _partition, max(_offset), max(_source_offset), count()
        GROUP BY _topic, _partition
    )
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (model_name, model_version, toDate(event_time), event_time)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE fineprint.consent_updates
(
    event_id UUID,
    event_time DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    user_id Nullable(String) CODEC(ZSTD),
    anonymous_id Nullable(String) CODEC(ZSTD),
    categories Map(String, Bool),
    jurisdiction LowCardinality(Nullable(String)),
    method LowCardinality(Nullable(String)),
    policy_version Nullable(String),
    expires_at Nullable(DateTime64(3, 'UTC')),
    source LowCardinality(String),
    properties String CODEC(ZSTD),
    context String CODEC(ZSTD),
    client_event_time Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD),
    flags Array(LowCardinality(String)),
    _topic LowCardinality(String) DEFAULT 'consent.clean',
    _partition Int32,
    _offset Int64 CODEC(Delta, ZSTD),
    _source_offset Int64 CODEC(Delta, ZSTD),
    subject String ALIAS coalesce(user_id, anonymous_id, ''),
    INDEX by_event_id event_id TYPE bloom_filter(0.01) GRANULARITY 4,
    PROJECTION positions
    (
        SELECT _topic, _partition, max(_offset), max(_source_offset), count()
        GROUP BY _topic, _partition
    )
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (event_time)
SETTINGS non_replicated_deduplication_window = 10000;

-- What the product document calls them.
CREATE VIEW fineprint.analytics_events AS
SELECT event_id AS id, user_id, event_name, properties, context, event_time AS created_at
FROM fineprint.product_events;

CREATE VIEW fineprint.ai_model_requests AS
SELECT
    event_id AS id, model_name, model_version, user_id, session_id, input_tokens, output_tokens, total_tokens, latency_ms,
    success, error_type, confidence_score, cost_estimate, event_time AS timestamp
FROM fineprint.ai_requests;

-- The typed fields of each kind, without the others.
CREATE VIEW fineprint.page_views AS
SELECT event_id, event_time, user_id, anonymous_id, session_id, page_url, page_title, page_referrer, properties, context
FROM fineprint.product_events WHERE kind = 'page_view';

CREATE VIEW fineprint.identifies AS
SELECT event_id, event_time, user_id, anonymous_id, traits, context
FROM fineprint.product_events WHERE kind = 'identify';

CREATE VIEW fineprint.funnel_events AS
SELECT event_id, event_time, user_id, anonymous_id, session_id, funnel_name, step_name, step_order, properties
FROM fineprint.product_events WHERE kind = 'funnel_step';

CREATE VIEW fineprint.conversions AS
SELECT event_id, event_time, user_id, anonymous_id, session_id, conversion_type, conversion_value, currency, properties
FROM fineprint.product_events WHERE kind = 'conversion';

CREATE VIEW fineprint.engagements AS
SELECT event_id, event_time, user_id, anonymous_id, session_id, feature, engagement_action, engagement_duration_ms, properties
FROM fineprint.product_events WHERE kind = 'engagement';
