import type { Answer } from './destination.ts';
import { jsonOf } from './judge.ts';

/** A request to a vendor's deletion API, which has an address of its own. */
export interface DeletionRequest {
  readonly method: 'GET' | 'POST';
  /** Below the base URL. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface DeletionSubject {
  readonly users: readonly string[];
  readonly anonymous: readonly string[];
}

export interface DeletionCredentials {
  /** What events are sent with. */
  readonly key: string;
  /** What deletions are asked for with. */
  readonly secret: string;
}

/** What an answer says of a deletion. `refused`: our settings are wrong; `away`: ask again. */
export type DeletionState =
  | { readonly is: 'asked'; readonly task: string }
  | { readonly is: 'done' | 'failed' | 'refused' | 'away' };

/** A vendor's deletion API as data, as its documentation has it. */
export interface DeletionApi {
  readonly baseUrl: string;
  /** How many ids a request takes. */
  readonly maxIds: number;
  /** The ids that the vendor knows a subject by. */
  readonly idsOf: (subject: DeletionSubject) => readonly string[];
  readonly ask: (
    ids: readonly string[],
    regulation: 'gdpr' | 'ccpa',
    credentials: DeletionCredentials,
    nowMs: number,
  ) => DeletionRequest;
  readonly asked: (answer: Answer, nowMs: number) => DeletionState;
  readonly look: (task: string, credentials: DeletionCredentials) => DeletionRequest;
  readonly looked: (answer: Answer, task: string) => DeletionState;
}

const AWAY: DeletionState = { is: 'away' };
const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const JSON_TYPE = { 'content-type': 'application/json' };

/** Null where the answer is one that can be read. */
function common({ status }: Answer): DeletionState | null {
  if (status === null || status === 429 || status >= 500) return AWAY;
  if (status === 401 || status === 403) return { is: 'refused' };
  return status >= 400 ? { is: 'failed' } : null;
}

const textAt = (value: unknown, ...path: readonly string[]): string => {
  let at: unknown = value;
  for (const name of path)
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined;
  return typeof at === 'string' ? at : '';
};

const MIXPANEL_DELETIONS = '/api/app/data-deletions/v3.0/';

/** https://developer.mixpanel.com/reference/gdpr-api */
const mixpanel: DeletionApi = {
  baseUrl: 'https://mixpanel.com',
  maxIds: 2_000,
  idsOf: ({ users, anonymous }) => [...users, ...anonymous.map((id) => `$device:${id}`)],
  ask: (ids, regulation, { key, secret }) => ({
    method: 'POST',
    path: `${MIXPANEL_DELETIONS}?token=${encodeURIComponent(key)}`,
    headers: { ...JSON_TYPE, authorization: `Bearer ${secret}` },
    body: JSON.stringify({ distinct_ids: ids, compliance_type: regulation.toUpperCase() }),
  }),
  asked(answer) {
    const task = textAt(jsonOf(answer), 'results', 'task_id');
    return common(answer) ?? (task === '' ? { is: 'failed' } : { is: 'asked', task });
  },
  look: (task, { key, secret }) => ({
    method: 'GET',
    path: `${MIXPANEL_DELETIONS}${encodeURIComponent(task)}?token=${encodeURIComponent(key)}`,
    headers: { authorization: `Bearer ${secret}` },
    body: null,
  }),
  looked(answer, task) {
    const state = common(answer);
    if (state !== null) return state;
    const status = textAt(jsonOf(answer), 'results', 'status');
    if (status === 'SUCCESS') return { is: 'done' };
    return ['FAILURE', 'REVOKED', 'NOT_FOUND'].includes(status) ? { is: 'failed' } : { is: 'asked', task };
  },
};

const AMPLITUDE_DELETIONS = '/api/2/deletions/users';
/** A job begins up to so many days after it was asked for. */
const AMPLITUDE_DAYS = 45;
const DAY_MS = 86_400_000;
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** https://amplitude.com/docs/apis/analytics/user-privacy. Jobs are found by their day; ours is remembered by it. */
const amplitude: DeletionApi = {
  baseUrl: 'https://amplitude.com',
  maxIds: 100,
  idsOf: ({ users }) => users,
  ask: (ids, _regulation, { key, secret }) => ({
    method: 'POST',
    path: AMPLITUDE_DELETIONS,
    headers: { ...JSON_TYPE, authorization: basic(key, secret) },
    body: JSON.stringify({ user_ids: ids, requester: 'fineprint', ignore_invalid_id: 'True' }),
  }),
  asked(answer, nowMs) {
    const state = common(answer);
    if (state !== null) return state;
    const [job] = jobsIn(answer);
    return { is: 'asked', task: textAt(job, 'day') || dayOf(nowMs) };
  },
  look: (task, { key, secret }) => {
    const from = Date.parse(`${task}T00:00:00Z`);
    return {
      method: 'GET',
      path: `${AMPLITUDE_DELETIONS}?start_day=${dayOf(from)}&end_day=${dayOf(from + AMPLITUDE_DAYS * DAY_MS)}`,
      headers: { authorization: basic(key, secret) },
      body: null,
    };
  },
  looked(answer, task) {
    const state = common(answer);
    if (state !== null) return state;
    const job = jobsIn(answer).find((j) => textAt(j, 'day') === task);
    return textAt(job, 'status') === 'done' ? { is: 'done' } : { is: 'asked', task };
  },
};

function jobsIn({ body }: Answer): unknown[] {
  try {
    const value: unknown = JSON.parse(body);
    return Array.isArray(value) ? value : [value];
  } catch {
    return [];
  }
}

/** https://docs.segmentapis.com/tag/Deletion-and-Suppression */
const segment: DeletionApi = {
  baseUrl: 'https://api.segmentapis.com',
  maxIds: 5_000,
  idsOf: ({ users }) => users,
  ask: (ids, _regulation, { secret }) => ({
    method: 'POST',
    path: '/regulations',
    headers: { ...JSON_TYPE, authorization: `Bearer ${secret}` },
    body: JSON.stringify({ regulationType: 'DELETE_ONLY', subjectType: 'USER_ID', subjectIds: ids }),
  }),
  asked(answer) {
    const task = textAt(jsonOf(answer), 'data', 'regulateId');
    return common(answer) ?? (task === '' ? { is: 'failed' } : { is: 'asked', task });
  },
  look: (task, { secret }) => ({
    method: 'GET',
    path: `/regulations/${encodeURIComponent(task)}`,
    headers: { authorization: `Bearer ${secret}` },
    body: null,
  }),
  looked(answer, task) {
    const state = common(answer);
    if (state !== null) return state;
    const status = textAt(jsonOf(answer), 'data', 'regulation', 'overallStatus');
    if (status === 'FINISHED') return { is: 'done' };
    return ['FAILED', 'INVALID', 'NOT_SUPPORTED'].includes(status) ? { is: 'failed' } : { is: 'asked', task };
  },
};

/** Destinations that can be asked to delete a user. Webhooks have no such convention: their owner has to be told. */
export const deletionApis = { mixpanel, amplitude, segment } as const;
export type DeletionVendor = keyof typeof deletionApis;
