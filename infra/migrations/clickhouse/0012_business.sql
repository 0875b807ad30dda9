-- Business figures, by hour and day, as @fineprint/business-metrics defines them. A run writes periods as a whole, all rows of
-- a period with one version and in one insert, which is stored whole or not at all (a period lies in one partition). The
-- newest version of a period counts and all others are as if not there, so running a period again, or two at a time,
-- changes nothing but how new the figures are. Query the views.
--
-- Money is exact: decimals of six digits. These tables do not expire: events do, and figures of old periods stay.

-- Events that change subscriptions or bring money, once each. Kept because product_events expire, and a subscription is
-- paid long after it began.
CREATE TABLE fineprint.business_money_events
(
    id UUID,
    event_time DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    user_id Nullable(String) CODEC(ZSTD),
    alias Nullable(String) CODEC(ZSTD),
    type LowCardinality(String),
    micros Nullable(Int128) CODEC(ZSTD),
    currency LowCardinality(String),
    plan LowCardinality(String),
    span LowCardinality(String),
    subscription_id String CODEC(ZSTD),
    payment_id String CODEC(ZSTD)
)
ENGINE = ReplacingMergeTree
ORDER BY id;

CREATE TABLE fineprint.business_revenue_rows
(
    granularity LowCardinality(String),
    period_start DateTime('UTC'),
    currency LowCardinality(String),
    version UInt64,
    computed_at DateTime64(3, 'UTC'),
    mrr_start Decimal(38, 6),
    mrr_end Decimal(38, 6),
    customers Int64,
    new_mrr Decimal(38, 6),
    new_customers Int64,
    reactivation_mrr Decimal(38, 6),
    reactivation_customers Int64,
    expansion_mrr Decimal(38, 6),
    expansion_customers Int64,
    contraction_mrr Decimal(38, 6),
    contraction_customers Int64,
    churn_mrr Decimal(38, 6),
    churn_customers Int64,
    payments Decimal(38, 6),
    refunds Decimal(38, 6),
    payment_count Int64,
    refund_count Int64,
    ignored_events Int64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(period_start)
ORDER BY (granularity, period_start, currency);

CREATE TABLE fineprint.business_plan_rows
(
    granularity LowCardinality(String),
    period_start DateTime('UTC'),
    currency LowCardinality(String),
    plan LowCardinality(String),
    version UInt64,
    computed_at DateTime64(3, 'UTC'),
    mrr Decimal(38, 6),
    subscriptions Int64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(period_start)
ORDER BY (granularity, period_start, currency, plan);

CREATE TABLE fineprint.business_growth_rows
(
    granularity LowCardinality(String),
    period_start DateTime('UTC'),
    version UInt64,
    computed_at DateTime64(3, 'UTC'),
    active_users Int64,
    new_users Int64,
    signups Int64,
    activations Int64,
    activated_signups Int64,
    wau Nullable(Int64),
    mau Nullable(Int64),
    resurrected_users Nullable(Int64),
    lost_users Nullable(Int64)
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(period_start)
ORDER BY (granularity, period_start);

CREATE TABLE fineprint.business_usage_rows
(
    granularity LowCardinality(String),
    period_start DateTime('UTC'),
    scope LowCardinality(String),
    plan LowCardinality(String),
    feature LowCardinality(String),
    version UInt64,
    computed_at DateTime64(3, 'UTC'),
    events Int64,
    users Int64,
    feature_uses Int64,
    duration_ms Int64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(period_start)
ORDER BY (granularity, period_start, scope, plan, feature);

-- What was computed when. `positions` says how far the run had read: topic and partition to offset, empty where the run was of
-- a range that somebody chose.
CREATE TABLE fineprint.business_runs
(
    run_id UUID,
    mode LowCardinality(String),
    version UInt64,
    from_time DateTime('UTC'),
    to_time DateTime('UTC'),
    positions Map(String, Int64),
    rows UInt64,
    started_at DateTime64(3, 'UTC'),
    finished_at DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (finished_at, run_id);

CREATE VIEW fineprint.business_revenue AS
SELECT
    granularity, period_start, currency, mrr_start, mrr_end, mrr_end * 12 AS arr, customers, new_mrr, new_customers,
    reactivation_mrr, reactivation_customers, expansion_mrr, expansion_customers, contraction_mrr, contraction_customers,
    churn_mrr, churn_customers, payments, refunds, payments - refunds AS revenue, payment_count, refund_count,
    ignored_events, computed_at
FROM fineprint.business_revenue_rows FINAL
WHERE (granularity, period_start, version) IN
    (SELECT granularity, period_start, max(version) FROM fineprint.business_revenue_rows GROUP BY granularity, period_start);

CREATE VIEW fineprint.business_plans AS
SELECT granularity, period_start, currency, plan, mrr, subscriptions, computed_at
FROM fineprint.business_plan_rows FINAL
WHERE currency != '' AND (granularity, period_start, version) IN
    (SELECT granularity, period_start, max(version) FROM fineprint.business_plan_rows GROUP BY granularity, period_start);

CREATE VIEW fineprint.business_growth AS
SELECT
    granularity, period_start, active_users, new_users, signups, activations, activated_signups, wau, mau, resurrected_users,
    lost_users, computed_at
FROM fineprint.business_growth_rows FINAL;

CREATE VIEW fineprint.business_usage AS
SELECT granularity, period_start, scope, plan, feature, events, users, feature_uses, duration_ms, computed_at
FROM fineprint.business_usage_rows FINAL
WHERE (granularity, period_start, version) IN
    (SELECT granularity, period_start, max(version) FROM fineprint.business_usage_rows GROUP BY granularity, period_start);
