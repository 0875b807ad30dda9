import { LOOPBACK } from '@fineprint/stack';
import type { QueryOptions } from '../commands/experiments.ts';
import { CliError } from '../errors.ts';
import { openLocalStack, requireStarted } from '../open-stack.ts';
import { readLocalKey } from '../up/local-key.ts';

/** Asks the query API; rejects with what it refused, in its own words. */
export type Ask = <T>(method: 'GET' | 'POST', path: string, body?: unknown) => Promise<T>;

const TIMEOUT_MS = 30_000;

/** Where the query API is, and a key for it. */
export interface QueryTarget {
  readonly url: string;
  readonly key: string;
}

export async function connectQueryApi(options: QueryOptions): Promise<Ask> {
  return asker(await queryTarget(options));
}

/** As told by options or the environment, else the local ones. */
export async function queryTarget(options: Pick<QueryOptions, 'url' | 'key'>): Promise<QueryTarget> {
  const key = options.key ?? process.env['FINEPRINT_API_KEY'];
  const url = options.url ?? process.env['FINEPRINT_QUERY_API_URL'];
  if (url !== undefined && url !== '') {
    if (key !== undefined) return { url, key };
    throw new CliError(
      'NO_API_KEY',
      'A query API given with --url needs its API key too.',
      'Add --key <API key>, or set FINEPRINT_API_KEY.',
    );
  }
  const stack = await openLocalStack();
  await requireStarted(stack, 'query-api');
  const own = key ?? readLocalKey(stack.settings.dataDir, 'api')?.apiKey;
  if (own === undefined)
    throw new CliError(
      'NO_API_KEY',
      'There is no local API key yet.',
      'Start the stack, which makes one: npm start   (or give one with --key)',
    );
  return { url: `http://${LOOPBACK}:${stack.settings.ports.queryApi}`, key: own };
}

interface Refusal {
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly parameter: string; readonly message: string }[];
}

const asker =
  ({ url, key }: QueryTarget): Ask =>
  async <T>(method: 'GET' | 'POST', path: string, body?: unknown) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (response.ok) return JSON.parse(text) as T;
    throw refused(text, response.status);
  };

export function refused(text: string, status: number): CliError {
  let said: Refusal = {};
  try {
    said = JSON.parse(text) as Refusal;
  } catch {
    // Something between us and the query API answered.
  }
  const places = (said.errors ?? []).map((e) => `\n  ${e.parameter || 'the whole'}: ${e.message}`);
  return new CliError(
    'QUERY_API_REFUSED',
    `${said.code ?? `HTTP ${status}`}: ${said.title ?? 'not understood'}. ${said.detail ?? ''}${places.join('')}`,
    'Every code and what to do is in services/query-api/README.md.',
  );
}
