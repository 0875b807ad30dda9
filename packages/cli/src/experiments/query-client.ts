import { LOOPBACK } from '@fineprint/stack';
import type { QueryOptions } from '../commands/experiments.ts';
import { CliError } from '../errors.ts';
import { openLocalStack, requireStarted } from '../open-stack.ts';
import { readLocalKey } from '../up/local-key.ts';

/** Asks the query API; rejects with what it refused, in its own words. */
export type Ask = <T>(method: 'GET' | 'POST', path: string, body?: unknown) => Promise<T>;

const TIMEOUT_MS = 30_000;

/** The query API and a key for it: as told, else the local ones. */
export async function connectQueryApi(options: QueryOptions): Promise<Ask> {
  const key = options.key ?? process.env['FINEPRINT_API_KEY'];
  if (options.url !== undefined) {
    if (key !== undefined) return asker(options.url, key);
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
  return asker(`http://${LOOPBACK}:${stack.settings.ports.queryApi}`, own);
}

interface Refusal {
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly parameter: string; readonly message: string }[];
}

const asker =
  (url: string, key: string): Ask =>
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

function refused(text: string, status: number): CliError {
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
