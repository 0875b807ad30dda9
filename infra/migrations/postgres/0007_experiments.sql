-- Experiments: what was planned, and from when to when it ran. Nothing of a definition may change, or the numbers before and
-- after the change would be of two experiments. Stopped is final, for the same reason.
CREATE TABLE fineprint.experiments (
  id text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9_-]{0,63}$'),
  definition jsonb NOT NULL CHECK (definition ->> 'id' = id),
  status text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'running', 'stopped')),
  created_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds', now()),
  created_by text NOT NULL,
  started_at timestamptz(3),
  started_by text,
  stopped_at timestamptz(3),
  stopped_by text,
  stop_reason text CHECK (length(stop_reason) <= 500),
  CHECK ((status = 'draft') = (started_at IS NULL)),
  CHECK ((started_at IS NULL) = (started_by IS NULL)),
  CHECK ((status = 'stopped') = (stopped_at IS NOT NULL)),
  CHECK ((stopped_at IS NULL) = (stopped_by IS NULL)),
  CHECK (stop_reason IS NULL OR stopped_at IS NOT NULL),
  CHECK (stopped_at >= started_at)
);
CREATE INDEX experiments_by_status ON fineprint.experiments (status, id COLLATE "C");

CREATE FUNCTION fineprint.guard_experiment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.status <> 'draft' THEN
      RAISE EXCEPTION 'an experiment that has started is not deleted: %', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN OLD;
  END IF;
  IF NEW.id <> OLD.id OR (OLD.status <> 'draft' AND NEW.definition <> OLD.definition) THEN
    RAISE EXCEPTION 'the definition of an experiment that has started does not change: %', OLD.id
      USING ERRCODE = 'check_violation';
  END IF;
  IF (OLD.status, NEW.status) NOT IN (
    ('draft', 'draft'), ('draft', 'running'), ('running', 'running'), ('running', 'stopped'), ('stopped', 'stopped')
  ) THEN
    RAISE EXCEPTION 'a % experiment does not become %: %', OLD.status, NEW.status, OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.started_at IS DISTINCT FROM NEW.started_at AND OLD.started_at IS NOT NULL
    OR OLD.stopped_at IS DISTINCT FROM NEW.stopped_at AND OLD.stopped_at IS NOT NULL THEN
    RAISE EXCEPTION 'when an experiment ran does not change: %', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER experiments_guard BEFORE UPDATE OR DELETE ON fineprint.experiments
  FOR EACH ROW EXECUTE FUNCTION fineprint.guard_experiment();

COMMENT ON TABLE fineprint.experiments IS 'A/B experiments: their definitions, and when they ran';
COMMENT ON COLUMN fineprint.experiments.definition IS 'As packages/experiments/src/definition.ts reads it, with its defaults';
COMMENT ON COLUMN fineprint.experiments.started_at IS 'Exposures and outcomes count from here, by their event_time';
COMMENT ON COLUMN fineprint.experiments.stopped_at IS 'The first moment that counts no more';
COMMENT ON COLUMN fineprint.experiments.created_by IS 'The API key''s id';
