import { setTimeout as sleep } from 'node:timers/promises';
import type { LabContext } from '../../lab.ts';
import type { EventKind } from '../../load/sent-event.ts';
import { ROUTES } from '../../load/sent-event.ts';

export const EVENTS_PATH = '/api/v1/product/events/batch';

/** What the gateway or the query API said. */
export interface Answer {
  readonly status: number;
  readonly code: string;
  readonly accepted: readonly { readonly index: number; readonly event_id: string }[];
  readonly rejected: readonly { readonly index: number; readonly code: string; readonly path: string }[];
  readonly headers: Headers;
  readonly text: string;
}

export interface Request {
  readonly path?: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

const REQUEST_TIMEOUT_MS = 60_000;

/** Posts to the gateway as a producer with the run's key would; what is accepted is acknowledged. */
export async function post(
  { fleet, target, book }: LabContext,
  { path = EVENTS_PATH, body, headers = {} }: Request,
): Promise<Answer> {
  const answer = await ask(fleet.one('ingest-gateway').url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${target.writeKey}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  for (const { event_id: id } of answer.accepted) book.acknowledged(id);
  return answer;
}

export async function ask(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  const json = (isJson ? JSON.parse(text) : {}) as Partial<Answer>;
  return {
    status: response.status,
    code: json.code ?? '',
    accepted: json.accepted ?? [],
    rejected: json.rejected ?? [],
    headers: response.headers,
    text,
  };
}

/** A product event of the gateway's JSON, written down as sent. It is in no funnel, so its order is not judged. */
export function newEvent(
  { random, book }: LabContext,
  change: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> & { readonly event_id: string } {
  const event_id = random.uuid();
  book.sent({ id: event_id, kind: 'product', order: null, timeMs: Date.now(), name: 'lab' });
  return { event_id, event_name: 'lab', user_id: `lab-${event_id.slice(0, 8)}`, ...change };
}

const STORED_WITHIN_MS = 180_000;
const POLL_MS = 500;

/** The rows of some events, once all of them are there, or after three minutes those that are: a fault before may have left a backlog. */
export async function storedRows<T extends { id: string }>(
  { target }: LabContext,
  kind: EventKind,
  ids: readonly string[],
  columns: string,
): Promise<T[]> {
  const deadlineMs = Date.now() + STORED_WITHIN_MS;
  const list = ids.map((id) => `'${id}'`).join(', ');
  for (;;) {
    const rows = await target.sql<T>(
      `SELECT toString(event_id) AS id, ${columns} FROM ${ROUTES[kind].table} WHERE event_id IN (${list})`,
    );
    if (new Set(rows.map((row) => row.id)).size >= ids.length || Date.now() > deadlineMs) return rows;
    await sleep(POLL_MS);
  }
}
