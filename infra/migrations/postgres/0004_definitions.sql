-- What people define: funnels, cohorts and segments. A change is a new version; the old one stays, so that a number can be
-- told with the definition it was counted by. At most one version of a name is in force.
CREATE TABLE fineprint.definitions (
  kind text NOT NULL CHECK (kind IN ('funnel', 'cohort', 'segment')),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  version integer NOT NULL CHECK (version > 0),
  definition jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by text NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (kind, name, version)
);
CREATE UNIQUE INDEX definitions_in_force ON fineprint.definitions (kind, name) WHERE archived_at IS NULL;

COMMENT ON TABLE fineprint.definitions IS 'Funnels, cohorts and segments, each version of them';
COMMENT ON COLUMN fineprint.definitions.created_by IS 'The API key''s id, or "cli"';
COMMENT ON COLUMN fineprint.definitions.archived_at IS 'From when it counts no more: replaced by a higher version, or taken away';
