-- What query-api asks about whole tables before or beside rows. Projections live inside the parts, so they cannot disagree
-- with the rows, whatever is inserted, merged or deleted.

-- Which hours ai_metrics has rows of, and a figure that changes with them.
ALTER TABLE fineprint.ai_metrics ADD PROJECTION IF NOT EXISTS hours
(
    SELECT intDiv(toUnixTimestamp64Milli(window_start), 3600000), count(), groupBitXor(cityHash64(_partition, _offset))
    GROUP BY intDiv(toUnixTimestamp64Milli(window_start), 3600000)
);

ALTER TABLE fineprint.ai_metrics MATERIALIZE PROJECTION hours;

-- Windows are completed from requests, so theirs count too.
ALTER TABLE fineprint.ai_requests ADD PROJECTION IF NOT EXISTS hours
(
    SELECT intDiv(toUnixTimestamp64Milli(event_time), 3600000), count(), groupBitXor(cityHash64(_partition, _offset))
    GROUP BY intDiv(toUnixTimestamp64Milli(event_time), 3600000)
);

ALTER TABLE fineprint.ai_requests MATERIALIZE PROJECTION hours;

-- Which models there are.
ALTER TABLE fineprint.ai_requests ADD PROJECTION IF NOT EXISTS models
(
    SELECT model_name, model_version, count(), countIf(NOT success), min(event_time), max(event_time)
    GROUP BY model_name, model_version
);

ALTER TABLE fineprint.ai_requests MATERIALIZE PROJECTION models;
