-- The audit looks at rows by when they were received: with this, at no others. Rows of before get it as parts are merged.
ALTER TABLE fineprint.product_events ADD INDEX IF NOT EXISTS by_received received_at TYPE minmax GRANULARITY 1;
ALTER TABLE fineprint.ai_requests ADD INDEX IF NOT EXISTS by_received received_at TYPE minmax GRANULARITY 1;
ALTER TABLE fineprint.ai_feedback ADD INDEX IF NOT EXISTS by_received received_at TYPE minmax GRANULARITY 1;
ALTER TABLE fineprint.consent_updates ADD INDEX IF NOT EXISTS by_received received_at TYPE minmax GRANULARITY 1;
