-- Weekly and monthly reports as they were made: one of each period, the newest. Whoever makes one again replaces it as a whole.
CREATE TABLE fineprint.reports (
    id text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('weekly', 'monthly')),
    period_start timestamptz NOT NULL,
    period_end timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    html text NOT NULL,
    csv text NOT NULL,
    UNIQUE (kind, period_start)
);

CREATE INDEX reports_by_time ON fineprint.reports (period_start DESC, id);
