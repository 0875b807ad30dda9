-- What person-builder works out of subject.behaviour: who is who, and how far each person is in each funnel and cohort.
-- A person is `u:` and a user id, or `a:` and an anonymous id that belongs to no user.

-- Every id seen, and the person it belongs to. Whoever changes anything of a person holds the rows of its ids.
CREATE TABLE fineprint.subjects (
  subject text COLLATE "C" PRIMARY KEY,
  person text COLLATE "C" NOT NULL,
  identified_at timestamptz,
  revision bigint NOT NULL DEFAULT 0,
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX subjects_by_person ON fineprint.subjects (person);

-- What funnel-builder published last of each id, by the partition that it lies in.
CREATE TABLE fineprint.subject_states (
  subject text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('funnel', 'cohort', 'link')),
  name text COLLATE "C" NOT NULL,
  partition smallint NOT NULL,
  definition_version integer NOT NULL,
  as_of_offset bigint NOT NULL,
  state text NOT NULL,
  PRIMARY KEY (subject, kind, name, partition)
) WITH (fillfactor = 80); -- rows change often, and find room for it on their page

-- Each time an anonymous id went from one person to another.
CREATE TABLE fineprint.identity_moves (
  subject text COLLATE "C" NOT NULL,
  from_person text COLLATE "C" NOT NULL,
  to_person text COLLATE "C" NOT NULL,
  moved_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX identity_moves_by_subject ON fineprint.identity_moves (subject);

CREATE SEQUENCE fineprint.person_revision;

CREATE TABLE fineprint.funnel_progress (
  person text COLLATE "C" NOT NULL,
  funnel text COLLATE "C" NOT NULL,
  definition_version integer NOT NULL,
  revision bigint NOT NULL,
  level integer NOT NULL,
  step_count integer NOT NULL,
  steps text[] NOT NULL,
  step_times timestamptz[] NOT NULL,
  entered_at timestamptz,
  reached_at timestamptz,
  open_until timestamptz,
  exact boolean NOT NULL,
  merged_into text COLLATE "C",
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (person, funnel)
) WITH (fillfactor = 80);

CREATE TABLE fineprint.cohort_members (
  person text COLLATE "C" NOT NULL,
  cohort text COLLATE "C" NOT NULL,
  definition_version integer NOT NULL,
  revision bigint NOT NULL,
  member boolean NOT NULL,
  since timestamptz,
  merged_into text COLLATE "C",
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (person, cohort)
);
CREATE INDEX cohort_members_by_cohort ON fineprint.cohort_members (cohort) WHERE member;

-- The product document's tables.
CREATE TABLE fineprint.users (
  id uuid PRIMARY KEY,
  external_id text NOT NULL,
  is_anonymous boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE fineprint.funnel_steps (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL REFERENCES fineprint.users (id),
  funnel_name varchar(100) NOT NULL,
  step_name varchar(100) NOT NULL,
  step_order integer NOT NULL,
  properties jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (user_id, funnel_name, step_name)
);

COMMENT ON TABLE fineprint.subjects IS 'User and anonymous ids, and the person each belongs to';
COMMENT ON COLUMN fineprint.subjects.identified_at IS 'Of an anonymous id: event time of the identify that decided whose it is';
COMMENT ON TABLE fineprint.subject_states IS 'Funnel and cohort states and identify links of single ids, as of an offset of their partition';
COMMENT ON TABLE fineprint.funnel_progress IS 'Each person in each funnel; merged_into: the person that this history belongs to now';
COMMENT ON TABLE fineprint.cohort_members IS 'Each person in each cohort that they are or once were a member of';
COMMENT ON COLUMN fineprint.users.id IS 'The user id itself where it is a UUID in lower case; else UUIDv5 of the person';
COMMENT ON COLUMN fineprint.users.external_id IS 'The user id, or the anonymous id, as producers send it';
COMMENT ON TABLE fineprint.funnel_steps IS 'Steps that a person has reached by their best chain; a step that holds no more is removed';
COMMENT ON COLUMN fineprint.funnel_steps.created_at IS 'When the step was reached';
