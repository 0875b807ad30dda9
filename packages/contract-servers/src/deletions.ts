import { randomUUID } from 'node:crypto';
import {
  createKeeper,
  objectOf,
  parseJson,
  type Vendor,
  type VendorAnswer,
  type VendorRequest,
} from './vendor.ts';

interface DeletionSettings {
  /** The project's key. */
  readonly key: string;
  /** What deletions are asked for with. */
  readonly secret: string;
  readonly nowMs: () => number;
}

export interface DeletionServer extends Vendor {
  /** Ids that a deletion was asked for. */
  readonly wanted: ReadonlySet<string>;
  /** From now on every deletion is finished. */
  finish(): void;
}

interface State {
  readonly wanted: Set<string>;
  readonly tasks: Map<string, readonly string[]>;
  isFinished: boolean;
}

type Handle = (request: VendorRequest, settings: DeletionSettings, state: State) => VendorAnswer;

const MIXPANEL = '/api/app/data-deletions/v3.0/';
const stringsOf = (value: unknown): string[] | null =>
  Array.isArray(value) && value.every((v) => typeof v === 'string') ? (value as string[]) : null;
const bearer = ({ headers }: VendorRequest) => /^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1];
const basic = ({ headers }: VendorRequest) =>
  Buffer.from(/^Basic (.+)$/.exec(headers['authorization'] ?? '')?.[1] ?? '', 'base64').toString();

function take(state: State, task: string, ids: readonly string[]): void {
  state.tasks.set(task, ids);
  for (const id of ids) state.wanted.add(id);
}

/** Mixpanel's GDPR and CCPA API, version 3. */
const mixpanel: Handle = (request, { key, secret }, state) => {
  if (!request.path.startsWith(MIXPANEL)) return { status: 404, body: 'Not Found' };
  const refuse = (status: number, error: string): VendorAnswer => ({
    status,
    body: { status: 'error', error },
  });
  if (bearer(request) !== secret) return refuse(401, 'invalid OAuth token');
  if (request.query.get('token') !== key) return refuse(403, 'no such project');
  if (request.method === 'POST') {
    const body = objectOf(parseJson(request.body));
    const ids = stringsOf(body?.['distinct_ids']);
    if (ids === null || ids.length === 0 || ids.length > 2_000) return refuse(400, 'distinct_ids');
    if (!['GDPR', 'CCPA'].includes(String(body?.['compliance_type']))) return refuse(400, 'compliance_type');
    const task_id = randomUUID();
    take(state, task_id, ids);
    return { status: 200, body: { status: 'ok', results: { task_id } } };
  }
  const ids = state.tasks.get(request.path.slice(MIXPANEL.length));
  const status = ids === undefined ? 'NOT_FOUND' : state.isFinished ? 'SUCCESS' : 'PENDING';
  return { status: 200, body: { status: 'ok', results: { status, result: '', distinct_ids: ids ?? [] } } };
};

const DAYS_AHEAD = 11;
const DAY_MS = 86_400_000;

/** Amplitude's User Privacy API: deletions are gathered into a job of a day to come. */
const amplitude: Handle = (request, { key, secret, nowMs }, state) => {
  if (request.path !== '/api/2/deletions/users') return { status: 404, body: 'Not Found' };
  if (basic(request) !== `${key}:${secret}`) return { status: 401, body: 'Invalid API key or secret' };
  const day = new Date(nowMs() + DAYS_AHEAD * DAY_MS).toISOString().slice(0, 10);
  const job = () => ({
    day,
    status: state.isFinished ? 'done' : 'staging',
    amplitude_ids: [...(state.tasks.get(day) ?? [])].map((_, i) => ({ amplitude_id: i + 1, requester: 'x' })),
  });
  if (request.method === 'POST') {
    const ids = stringsOf(objectOf(parseJson(request.body))?.['user_ids']);
    if (ids === null || ids.length === 0 || ids.length > 100) return { status: 400, body: 'user_ids' };
    take(state, day, [...(state.tasks.get(day) ?? []), ...ids]);
    return { status: 200, body: [job()] };
  }
  const [from, to] = [request.query.get('start_day') ?? '', request.query.get('end_day') ?? ''];
  if (!/^\d{4}-\d\d-\d\d$/.test(from) || to < from) return { status: 400, body: 'start_day' };
  return { status: 200, body: state.tasks.has(day) && day >= from && day <= to ? [job()] : [] };
};

const KINDS: ReadonlySet<unknown> = new Set(['DELETE_ONLY', 'SUPPRESS_ONLY', 'SUPPRESS_WITH_DELETE']);

/** Segment's Public API: regulations of the workspace. */
const segment: Handle = (request, { secret }, state) => {
  if (!request.path.startsWith('/regulations')) return { status: 404, body: 'Not Found' };
  if (bearer(request) !== secret) return { status: 401, body: { errors: [{ type: 'unauthorized' }] } };
  if (request.method === 'POST') {
    const body = objectOf(parseJson(request.body));
    const ids = stringsOf(body?.['subjectIds']);
    const isValid =
      ids !== null && ids.length > 0 && ids.length <= 5_000 && body?.['subjectType'] === 'USER_ID';
    if (!isValid || !KINDS.has(body?.['regulationType']))
      return { status: 400, body: { errors: [{ type: 'bad-request' }] } };
    const regulateId = `reg_${randomUUID()}`;
    take(state, regulateId, ids);
    return { status: 200, body: { data: { regulateId } } };
  }
  const id = request.path.slice('/regulations/'.length);
  if (!state.tasks.has(id)) return { status: 404, body: { errors: [{ type: 'not-found' }] } };
  const overallStatus = state.isFinished ? 'FINISHED' : 'RUNNING';
  return {
    status: 200,
    body: { data: { regulation: { id, workspaceId: 'w', overallStatus, streamStatus: [] } } },
  };
};

const handlers = { mixpanel, amplitude, segment };

/** A vendor's deletion API as documented. */
export function createDeletions(name: keyof typeof handlers, settings: DeletionSettings): DeletionServer {
  const { events, arrivals } = createKeeper();
  const state: State = { wanted: new Set(), tasks: new Map(), isFinished: false };
  return {
    events,
    arrivals,
    wanted: state.wanted,
    finish() {
      state.isFinished = true;
    },
    handle: (request) => handlers[name](request, settings, state),
  };
}
