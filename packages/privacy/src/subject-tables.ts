/** What a column holds of a subject. */
export type Holds =
  | 'user' // a user id
  | 'anonymous' // an anonymous id
  | 'person' // either, with `u:` or `a:` in front
  | 'user_row' // the id of a row of Postgres' `users`
  | 'unasked'; // goes with its row, which other columns find

/**
 * - `placed`: every row says where in its topic it came from; the ledger counts it, and a loader's position rests on it.
 * - `plain`: rows are nobody's but the table's.
 * - `own`: the step of an erasure that is named deals with it by itself.
 */
export type ErasedAs = 'placed' | 'plain' | 'own';

/** A table with columns that hold ids of people. */
export interface SubjectTable {
  readonly store: 'clickhouse' | 'postgres' | 'snowflake';
  readonly table: string;
  readonly columns: Readonly<Record<string, Holds>>;
  /** Conditions beside the columns, in the store's SQL, with `$ids` for a list of what it holds. */
  readonly also?: readonly { readonly sql: string; readonly holds: Exclude<Holds, 'unasked'> }[];
  readonly erasedAs: ErasedAs;
  /** Of `placed` tables of Postgres, where no column says so: the topic that its rows come from. */
  readonly topic?: string;
  /** Left out of archives: another table holds the same, or it is our bookkeeping. */
  readonly isExported?: false;
}

const IDS = { user_id: 'user', anonymous_id: 'anonymous' } as const;
const PERSON = { person: 'person', merged_into: 'person' } as const;

const clickhouse = (table: string, columns: SubjectTable['columns'], erasedAs: ErasedAs): SubjectTable => ({
  store: 'clickhouse',
  table,
  columns,
  erasedAs,
});

const EVENT_TABLES = ['product_events', 'ai_requests', 'ai_feedback', 'consent_updates'] as const;

/**
 * Every table that holds ids of people, once: exports, erasures and retention all go by this list. A test reads the migrations and
 * fails where one adds a table, or a column, that is not here.
 */
export const subjectTables: readonly SubjectTable[] = [
  ...EVENT_TABLES.map((table) => clickhouse(table, IDS, 'placed')),
  clickhouse('identity_links', { anonymous_id: 'anonymous', user_id: 'user' }, 'placed'),
  clickhouse('funnel_progress', PERSON, 'placed'),
  clickhouse('cohort_membership', PERSON, 'placed'),
  clickhouse('business_money_events', { user_id: 'user', alias: 'anonymous' }, 'plain'),
  {
    store: 'postgres',
    table: 'analytics_events',
    columns: { user_id: 'user_row' },
    also: [{ sql: "context ->> 'anonymous_id' = ANY($ids)", holds: 'anonymous' }],
    erasedAs: 'placed',
    topic: 'product.events.clean',
  },
  {
    store: 'postgres',
    table: 'ai_model_requests',
    columns: { user_id: 'user_row' },
    erasedAs: 'placed',
    topic: 'ai.requests.clean',
  },
  { store: 'postgres', table: 'funnel_steps', columns: { user_id: 'user_row' }, erasedAs: 'plain' },
  { store: 'postgres', table: 'funnel_progress', columns: PERSON, erasedAs: 'plain' },
  { store: 'postgres', table: 'cohort_members', columns: PERSON, erasedAs: 'plain' },
  {
    store: 'postgres',
    table: 'identity_moves',
    columns: { subject: 'person', from_person: 'person', to_person: 'person' },
    erasedAs: 'plain',
  },
  {
    store: 'postgres',
    table: 'subject_states',
    columns: { subject: 'person' },
    also: [{ sql: "kind = 'link' AND name = ANY($ids)", holds: 'user' }],
    erasedAs: 'plain',
  },
  {
    store: 'postgres',
    table: 'subjects',
    columns: { subject: 'person', person: 'person' },
    erasedAs: 'plain',
  },
  { store: 'postgres', table: 'consent_records', columns: IDS, erasedAs: 'plain' },
  // After the tables that refer to it.
  {
    store: 'postgres',
    table: 'users',
    columns: { id: 'user_row', external_id: 'unasked' },
    erasedAs: 'plain',
  },
  {
    store: 'postgres',
    table: 'subject_pseudonyms',
    columns: { pseudonym: 'unasked' },
    erasedAs: 'own',
    isExported: false,
  },
  {
    store: 'postgres',
    table: 'privacy_requests',
    columns: { subject: 'unasked', subject_hash: 'unasked' },
    erasedAs: 'own',
    isExported: false,
  },
  // Keyed hashes of another key, by design for ever.
  {
    store: 'postgres',
    table: 'audit_log',
    columns: { subject: 'unasked' },
    erasedAs: 'own',
    isExported: false,
  },
  {
    store: 'postgres',
    table: 'erased_subjects',
    columns: { subject_hash: 'unasked' },
    erasedAs: 'own',
    isExported: false,
  },
  ...[...EVENT_TABLES, 'identity_links'].map(
    (table): SubjectTable => ({ store: 'snowflake', table, columns: IDS, erasedAs: 'placed' }),
  ),
  ...['funnel_progress', 'cohort_membership'].map(
    (table): SubjectTable => ({ store: 'snowflake', table, columns: PERSON, erasedAs: 'placed' }),
  ),
];

/** Names that say that a column holds an id of a person, or may. */
export const SUBJECT_COLUMN =
  /^(?:(?:[a-z]+_)*(?:user|anonymous|distinct|device|customer|external|subject|visitor)_id|subject(?:_hash)?|person(?:_id)?|(?:from|to)_person|merged_into|alias|pseudonym|email|rater|owner_id|profile_id)$/;
