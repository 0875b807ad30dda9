-- Prices of AI models: what a million tokens cost, from when to when. Rows are never changed in what they say: a
-- correction marks them as superseded and adds rows of its own, so that what was believed at any time stays readable.
-- Names are in lower case, so that they are compared as producers write them, whatever their case.
CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA fineprint;

CREATE TABLE fineprint.ai_prices (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  provider text NOT NULL CHECK (provider ~ '^[^*[:cntrl:]]{1,200}$' AND provider = lower(provider)),
  model text NOT NULL CHECK (model ~ '^[^*[:cntrl:]]{1,200}[*]?$' AND model = lower(model)),
  service_tier text NOT NULL DEFAULT 'standard' CHECK (service_tier ~ '^[^*[:cntrl:]]{1,200}$' AND service_tier = lower(service_tier)),
  region text CHECK (region ~ '^[^*[:cntrl:]]{1,200}$' AND region = lower(region)),
  currency text NOT NULL DEFAULT 'USD' CHECK (currency = 'USD'),
  -- The upper bounds refuse NaN too, which is above every number.
  input_per_million numeric(16, 9) NOT NULL CHECK (input_per_million BETWEEN 0 AND 1000000),
  cached_input_per_million numeric(16, 9) CHECK (cached_input_per_million BETWEEN 0 AND 1000000),
  cache_write_per_million numeric(16, 9) CHECK (cache_write_per_million BETWEEN 0 AND 1000000),
  output_per_million numeric(16, 9) NOT NULL CHECK (output_per_million BETWEEN 0 AND 1000000),
  effective_from timestamptz(3) NOT NULL CHECK (isfinite(effective_from)),
  effective_to timestamptz(3) CHECK (isfinite(effective_to) AND effective_to > effective_from),
  source text NOT NULL DEFAULT '' CHECK (length(source) <= 500),
  recorded_at timestamptz NOT NULL DEFAULT now(),
  superseded_at timestamptz CHECK (superseded_at >= recorded_at),
  CONSTRAINT ai_prices_one_at_a_time EXCLUDE USING gist (
    provider WITH =, model WITH =, service_tier WITH =, coalesce(region, '') WITH =,
    tstzrange(effective_from, effective_to) WITH &&
  ) WHERE (superseded_at IS NULL)
);

COMMENT ON TABLE fineprint.ai_prices IS 'Prices of AI models; those in force have no superseded_at';
COMMENT ON COLUMN fineprint.ai_prices.model IS 'A name, or with * at its end all names that start so';
COMMENT ON COLUMN fineprint.ai_prices.region IS 'Null: any region that has no price of its own';
COMMENT ON COLUMN fineprint.ai_prices.cached_input_per_million IS 'Of input tokens served from a cache; null bills them as other input';
COMMENT ON COLUMN fineprint.ai_prices.effective_from IS 'The first moment it holds, by the time of the request';
COMMENT ON COLUMN fineprint.ai_prices.effective_to IS 'The first moment it no longer holds; null while no end is known';
COMMENT ON COLUMN fineprint.ai_prices.recorded_at IS 'When we learned it';
COMMENT ON COLUMN fineprint.ai_prices.superseded_at IS 'When we learned better';
