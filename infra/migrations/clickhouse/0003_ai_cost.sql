-- What requests cost by the price book, beside the producers' own estimates.
ALTER TABLE fineprint.ai_metrics
    ADD COLUMN IF NOT EXISTS cost_nano_usd Int64 CODEC(T64, ZSTD) AFTER estimated_requests,
    ADD COLUMN IF NOT EXISTS priced_requests Int64 CODEC(T64, ZSTD) AFTER cost_nano_usd,
    ADD COLUMN IF NOT EXISTS unpriced_requests Int64 CODEC(T64, ZSTD) AFTER priced_requests;

-- In the views cost_usd is the cost of the priced requests, and NULL where there is none: unknown is not 0. The whole is
-- known only where priced_requests = requests. cost_nano_usd is the same as a whole number, exact over any sum.
--
-- Everything that adds up, of any window. Bins merge by sumMap, so percentiles stay within 1 % over any stretch of time:
-- bin b > 0 stands for 2 * pow(1.02, b - 2000) / 2.02, -b for its negative, 0 for zero.
CREATE OR REPLACE VIEW fineprint.ai_metrics_minute AS
SELECT
    w AS window_start, model_name, model_version, provider, experiment_id, variant,
    s_requests AS requests, s_successes AS successes, s_errors AS errors,
    toInt64(s_input_tokens_sum) AS input_tokens, toInt64(s_output_tokens_sum) AS output_tokens,
    s_cached_tokens AS cached_tokens, s_total_tokens AS total_tokens,
    s_cost_estimate_usd AS cost_estimate_usd, s_estimated_requests AS estimated_requests,
    if(s_priced_requests = 0, NULL, s_cost_nano_usd / 1e9) AS cost_usd,
    if(s_priced_requests = 0, NULL, s_cost_nano_usd) AS cost_nano_usd,
    s_priced_requests AS priced_requests, s_unpriced_requests AS unpriced_requests,
    s_feedback_count AS feedback_count, s_feedback_sum AS feedback_sum, s_invalid_values AS invalid_values,
    s_latency_ms_count AS latency_ms_count, s_latency_ms_sum AS latency_ms_sum, s_latency_ms_min AS latency_ms_min, s_latency_ms_max AS latency_ms_max,
    s_latency_ms.1 AS latency_ms_bins, s_latency_ms.2 AS latency_ms_bin_counts,
    s_ttft_ms_count AS ttft_ms_count, s_ttft_ms_sum AS ttft_ms_sum, s_ttft_ms_min AS ttft_ms_min, s_ttft_ms_max AS ttft_ms_max,
    s_ttft_ms.1 AS ttft_ms_bins, s_ttft_ms.2 AS ttft_ms_bin_counts,
    s_confidence_count AS confidence_count, s_confidence_sum AS confidence_sum, s_confidence_min AS confidence_min, s_confidence_max AS confidence_max,
    s_confidence.1 AS confidence_bins, s_confidence.2 AS confidence_bin_counts,
    s_input_tokens_count AS input_tokens_count, s_input_tokens_sum AS input_tokens_sum, s_input_tokens_min AS input_tokens_min, s_input_tokens_max AS input_tokens_max,
    s_input_tokens.1 AS input_tokens_bins, s_input_tokens.2 AS input_tokens_bin_counts,
    s_output_tokens_count AS output_tokens_count, s_output_tokens_sum AS output_tokens_sum, s_output_tokens_min AS output_tokens_min, s_output_tokens_max AS output_tokens_max,
    s_output_tokens.1 AS output_tokens_bins, s_output_tokens.2 AS output_tokens_bin_counts
FROM
(
    SELECT
        window_start AS w,
        model_name, model_version, provider, experiment_id, variant,
        sum(requests) AS s_requests,
        sum(successes) AS s_successes,
        sum(cached_tokens) AS s_cached_tokens,
        sum(total_tokens) AS s_total_tokens,
        sum(cost_estimate_usd) AS s_cost_estimate_usd,
        sum(estimated_requests) AS s_estimated_requests,
        sum(cost_nano_usd) AS s_cost_nano_usd,
        sum(priced_requests) AS s_priced_requests,
        sum(unpriced_requests) AS s_unpriced_requests,
        sum(feedback_count) AS s_feedback_count,
        sum(feedback_sum) AS s_feedback_sum,
        sum(invalid_values) AS s_invalid_values,
        sumMap(errors) AS s_errors,
        sum(latency_ms_count) AS s_latency_ms_count, sum(latency_ms_sum) AS s_latency_ms_sum, min(latency_ms_min) AS s_latency_ms_min, max(latency_ms_max) AS s_latency_ms_max,
        sumMap(latency_ms_bins, latency_ms_bin_counts) AS s_latency_ms,
        sum(ttft_ms_count) AS s_ttft_ms_count, sum(ttft_ms_sum) AS s_ttft_ms_sum, min(ttft_ms_min) AS s_ttft_ms_min, max(ttft_ms_max) AS s_ttft_ms_max,
        sumMap(ttft_ms_bins, ttft_ms_bin_counts) AS s_ttft_ms,
        sum(confidence_count) AS s_confidence_count, sum(confidence_sum) AS s_confidence_sum, min(confidence_min) AS s_confidence_min, max(confidence_max) AS s_confidence_max,
        sumMap(confidence_bins, confidence_bin_counts) AS s_confidence,
        sum(input_tokens_count) AS s_input_tokens_count, sum(input_tokens_sum) AS s_input_tokens_sum, min(input_tokens_min) AS s_input_tokens_min, max(input_tokens_max) AS s_input_tokens_max,
        sumMap(input_tokens_bins, input_tokens_bin_counts) AS s_input_tokens,
        sum(output_tokens_count) AS s_output_tokens_count, sum(output_tokens_sum) AS s_output_tokens_sum, min(output_tokens_min) AS s_output_tokens_min, max(output_tokens_max) AS s_output_tokens_max,
        sumMap(output_tokens_bins, output_tokens_bin_counts) AS s_output_tokens
    FROM fineprint.ai_metrics FINAL
    GROUP BY w, model_name, model_version, provider, experiment_id, variant
);

CREATE OR REPLACE VIEW fineprint.ai_metrics_hour AS
SELECT
    w AS window_start, model_name, model_version, provider, experiment_id, variant,
    s_requests AS requests, s_successes AS successes, s_errors AS errors,
    toInt64(s_input_tokens_sum) AS input_tokens, toInt64(s_output_tokens_sum) AS output_tokens,
    s_cached_tokens AS cached_tokens, s_total_tokens AS total_tokens,
    s_cost_estimate_usd AS cost_estimate_usd, s_estimated_requests AS estimated_requests,
    if(s_priced_requests = 0, NULL, s_cost_nano_usd / 1e9) AS cost_usd,
    if(s_priced_requests = 0, NULL, s_cost_nano_usd) AS cost_nano_usd,
    s_priced_requests AS priced_requests, s_unpriced_requests AS unpriced_requests,
    s_feedback_count AS feedback_count, s_feedback_sum AS feedback_sum, s_invalid_values AS invalid_values,
    s_latency_ms_count AS latency_ms_count, s_latency_ms_sum AS latency_ms_sum, s_latency_ms_min AS latency_ms_min, s_latency_ms_max AS latency_ms_max,
    s_latency_ms.1 AS latency_ms_bins, s_latency_ms.2 AS latency_ms_bin_counts,
    s_ttft_ms_count AS ttft_ms_count, s_ttft_ms_sum AS ttft_ms_sum, s_ttft_ms_min AS ttft_ms_min, s_ttft_ms_max AS ttft_ms_max,
    s_ttft_ms.1 AS ttft_ms_bins, s_ttft_ms.2 AS ttft_ms_bin_counts,
    s_confidence_count AS confidence_count, s_confidence_sum AS confidence_sum, s_confidence_min AS confidence_min, s_confidence_max AS confidence_max,
    s_confidence.1 AS confidence_bins, s_confidence.2 AS confidence_bin_counts,
    s_input_tokens_count AS input_tokens_count, s_input_tokens_sum AS input_tokens_sum, s_input_tokens_min AS input_tokens_min, s_input_tokens_max AS input_tokens_max,
    s_input_tokens.1 AS input_tokens_bins, s_input_tokens.2 AS input_tokens_bin_counts,
    s_output_tokens_count AS output_tokens_count, s_output_tokens_sum AS output_tokens_sum, s_output_tokens_min AS output_tokens_min, s_output_tokens_max AS output_tokens_max,
    s_output_tokens.1 AS output_tokens_bins, s_output_tokens.2 AS output_tokens_bin_counts
FROM
(
    SELECT
        window_start - toIntervalMillisecond(positiveModulo(toUnixTimestamp64Milli(window_start), 3600000)) AS w,
        model_name, model_version, provider, experiment_id, variant,
        sum(requests) AS s_requests,
        sum(successes) AS s_successes,
        sum(cached_tokens) AS s_cached_tokens,
        sum(total_tokens) AS s_total_tokens,
        sum(cost_estimate_usd) AS s_cost_estimate_usd,
        sum(estimated_requests) AS s_estimated_requests,
        sum(cost_nano_usd) AS s_cost_nano_usd,
        sum(priced_requests) AS s_priced_requests,
        sum(unpriced_requests) AS s_unpriced_requests,
        sum(feedback_count) AS s_feedback_count,
        sum(feedback_sum) AS s_feedback_sum,
        sum(invalid_values) AS s_invalid_values,
        sumMap(errors) AS s_errors,
        sum(latency_ms_count) AS s_latency_ms_count, sum(latency_ms_sum) AS s_latency_ms_sum, min(latency_ms_min) AS s_latency_ms_min, max(latency_ms_max) AS s_latency_ms_max,
        sumMap(latency_ms_bins, latency_ms_bin_counts) AS s_latency_ms,
        sum(ttft_ms_count) AS s_ttft_ms_count, sum(ttft_ms_sum) AS s_ttft_ms_sum, min(ttft_ms_min) AS s_ttft_ms_min, max(ttft_ms_max) AS s_ttft_ms_max,
        sumMap(ttft_ms_bins, ttft_ms_bin_counts) AS s_ttft_ms,
        sum(confidence_count) AS s_confidence_count, sum(confidence_sum) AS s_confidence_sum, min(confidence_min) AS s_confidence_min, max(confidence_max) AS s_confidence_max,
        sumMap(confidence_bins, confidence_bin_counts) AS s_confidence,
        sum(input_tokens_count) AS s_input_tokens_count, sum(input_tokens_sum) AS s_input_tokens_sum, min(input_tokens_min) AS s_input_tokens_min, max(input_tokens_max) AS s_input_tokens_max,
        sumMap(input_tokens_bins, input_tokens_bin_counts) AS s_input_tokens,
        sum(output_tokens_count) AS s_output_tokens_count, sum(output_tokens_sum) AS s_output_tokens_sum, min(output_tokens_min) AS s_output_tokens_min, max(output_tokens_max) AS s_output_tokens_max,
        sumMap(output_tokens_bins, output_tokens_bin_counts) AS s_output_tokens
    FROM fineprint.ai_metrics FINAL
    GROUP BY w, model_name, model_version, provider, experiment_id, variant
);

CREATE OR REPLACE VIEW fineprint.ai_metrics_day AS
SELECT
    w AS window_start, model_name, model_version, provider, experiment_id, variant,
    s_requests AS requests, s_successes AS successes, s_errors AS errors,
    toInt64(s_input_tokens_sum) AS input_tokens, toInt64(s_output_tokens_sum) AS output_tokens,
    s_cached_tokens AS cached_tokens, s_total_tokens AS total_tokens,
    s_cost_estimate_usd AS cost_estimate_usd, s_estimated_requests AS estimated_requests,
    if(s_priced_requests = 0, NULL, s_cost_nano_usd / 1e9) AS cost_usd,
    if(s_priced_requests = 0, NULL, s_cost_nano_usd) AS cost_nano_usd,
    s_priced_requests AS priced_requests, s_unpriced_requests AS unpriced_requests,
    s_feedback_count AS feedback_count, s_feedback_sum AS feedback_sum, s_invalid_values AS invalid_values,
    s_latency_ms_count AS latency_ms_count, s_latency_ms_sum AS latency_ms_sum, s_latency_ms_min AS latency_ms_min, s_latency_ms_max AS latency_ms_max,
    s_latency_ms.1 AS latency_ms_bins, s_latency_ms.2 AS latency_ms_bin_counts,
    s_ttft_ms_count AS ttft_ms_count, s_ttft_ms_sum AS ttft_ms_sum, s_ttft_ms_min AS ttft_ms_min, s_ttft_ms_max AS ttft_ms_max,
    s_ttft_ms.1 AS ttft_ms_bins, s_ttft_ms.2 AS ttft_ms_bin_counts,
    s_confidence_count AS confidence_count, s_confidence_sum AS confidence_sum, s_confidence_min AS confidence_min, s_confidence_max AS confidence_max,
    s_confidence.1 AS confidence_bins, s_confidence.2 AS confidence_bin_counts,
    s_input_tokens_count AS input_tokens_count, s_input_tokens_sum AS input_tokens_sum, s_input_tokens_min AS input_tokens_min, s_input_tokens_max AS input_tokens_max,
    s_input_tokens.1 AS input_tokens_bins, s_input_tokens.2 AS input_tokens_bin_counts,
    s_output_tokens_count AS output_tokens_count, s_output_tokens_sum AS output_tokens_sum, s_output_tokens_min AS output_tokens_min, s_output_tokens_max AS output_tokens_max,
    s_output_tokens.1 AS output_tokens_bins, s_output_tokens.2 AS output_tokens_bin_counts
FROM
(
    SELECT
        window_start - toIntervalMillisecond(positiveModulo(toUnixTimestamp64Milli(window_start), 86400000)) AS w,
        model_name, model_version, provider, experiment_id, variant,
        sum(requests) AS s_requests,
        sum(successes) AS s_successes,
        sum(cached_tokens) AS s_cached_tokens,
        sum(total_tokens) AS s_total_tokens,
        sum(cost_estimate_usd) AS s_cost_estimate_usd,
        sum(estimated_requests) AS s_estimated_requests,
        sum(cost_nano_usd) AS s_cost_nano_usd,
        sum(priced_requests) AS s_priced_requests,
        sum(unpriced_requests) AS s_unpriced_requests,
        sum(feedback_count) AS s_feedback_count,
        sum(feedback_sum) AS s_feedback_sum,
        sum(invalid_values) AS s_invalid_values,
        sumMap(errors) AS s_errors,
        sum(latency_ms_count) AS s_latency_ms_count, sum(latency_ms_sum) AS s_latency_ms_sum, min(latency_ms_min) AS s_latency_ms_min, max(latency_ms_max) AS s_latency_ms_max,
        sumMap(latency_ms_bins, latency_ms_bin_counts) AS s_latency_ms,
        sum(ttft_ms_count) AS s_ttft_ms_count, sum(ttft_ms_sum) AS s_ttft_ms_sum, min(ttft_ms_min) AS s_ttft_ms_min, max(ttft_ms_max) AS s_ttft_ms_max,
        sumMap(ttft_ms_bins, ttft_ms_bin_counts) AS s_ttft_ms,
        sum(confidence_count) AS s_confidence_count, sum(confidence_sum) AS s_confidence_sum, min(confidence_min) AS s_confidence_min, max(confidence_max) AS s_confidence_max,
        sumMap(confidence_bins, confidence_bin_counts) AS s_confidence,
        sum(input_tokens_count) AS s_input_tokens_count, sum(input_tokens_sum) AS s_input_tokens_sum, min(input_tokens_min) AS s_input_tokens_min, max(input_tokens_max) AS s_input_tokens_max,
        sumMap(input_tokens_bins, input_tokens_bin_counts) AS s_input_tokens,
        sum(output_tokens_count) AS s_output_tokens_count, sum(output_tokens_sum) AS s_output_tokens_sum, min(output_tokens_min) AS s_output_tokens_min, max(output_tokens_max) AS s_output_tokens_max,
        sumMap(output_tokens_bins, output_tokens_bin_counts) AS s_output_tokens
    FROM fineprint.ai_metrics FINAL
    GROUP BY w, model_name, model_version, provider, experiment_id, variant
);
