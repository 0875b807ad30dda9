import type { Api } from '../api/api.gen.ts';
import { readKey } from './session.ts';

export type Use = keyof Api;
export type Answer<U extends Use> = Api[U]['answer'];
export type Params<U extends Use> = Api[U]['params'];

/** A refusal or failure, in the API's own words. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

interface Problem {
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
}

const TIMEOUT_MS = 30_000;

/** Asks the API. Rejects with an ApiError; with an AbortError where the signal says so. */
export async function ask<U extends Use>(
  use: U,
  params: Params<U>,
  options: { readonly signal?: AbortSignal; readonly body?: Api[U]['body'] } = {},
): Promise<Answer<U>> {
  const [method = 'GET', template = ''] = use.split(' ');
  const { path, query } = addressOf(template, params as Readonly<Record<string, unknown>>);
  const signals = [
    AbortSignal.timeout(TIMEOUT_MS),
    ...(options.signal === undefined ? [] : [options.signal]),
  ];
  const response = await send(path + query, {
    method,
    headers: {
      authorization: `Bearer ${readKey() ?? ''}`,
      accept: 'application/json',
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    signal: AbortSignal.any(signals),
  });
  if (response.ok) return (await response.json()) as Answer<U>;
  const problem = (await response.json().catch(() => ({}))) as Problem;
  throw new ApiError(
    response.status,
    problem.code ?? 'unknown',
    [problem.title, problem.detail].filter(Boolean).join('. ') || `The server answered ${response.status}.`,
  );
}

async function send(address: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, 'unreachable', 'The server does not answer.');
  }
}

function addressOf(template: string, params: Readonly<Record<string, unknown>>) {
  const query = new URLSearchParams();
  let path = template;
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined || value === '') continue;
    const place = `{${name}}`;
    if (path.includes(place)) path = path.replace(place, encodeURIComponent(String(value)));
    else for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  return { path, query: query.size === 0 ? '' : `?${query}` };
}
