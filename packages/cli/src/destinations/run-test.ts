import { readFileSync } from 'node:fs';
import { destinationRecords, type HttpRequest, prepare } from '@fineprint/destinations';
import { readProductEvent } from '@fineprint/ingest-gateway/read-product-event';
import { createScrubber, defaultPolicy } from '@fineprint/pii';
import { scrubRecord } from '@fineprint/pii-scrubber/scrub-record';
import { readConfig } from '@fineprint/service-config';
import { destinationFields, selectionOf, targetOf } from '@fineprint/sink-forwarder/settings';
import type { DestinationName } from '@fineprint/topology';
import type { DestinationOptions } from '../commands/destinations.ts';
import { CliError } from '../errors.ts';
import { userPath } from '../options.ts';
import { printJson, printText } from '../output.ts';

/** What would become of an event. The key never shows. */
export type DryRun =
  | {
      readonly outcome: 'sent';
      readonly request: HttpRequest & { readonly method: 'POST'; readonly url: string };
    }
  | { readonly outcome: 'dropped' | 'rejected'; readonly reason: string };

const STDIN = 0;
const HIDDEN = '[key]';

/** `destinations test`: reads, scrubs and maps as the pipeline does, and sends nothing. */
export async function testDestination(
  name: DestinationName,
  file: string,
  { json }: DestinationOptions,
): Promise<void> {
  const result = dryRun(name, readText(file), process.env, Date.now());
  if (json) return printJson({ destination: name, ...result });
  if (result.outcome !== 'sent') return printText(`${result.outcome}: ${result.reason}`);
  const { method, url, headers, body, gzip } = result.request;
  const told = { ...headers, ...(gzip ? { 'content-encoding': 'gzip' } : {}) };
  const lines = Object.entries(told).map(([header, value]) => `${header}: ${value}`);
  await printText([`${method} ${url}`, ...lines, '', JSON.stringify(JSON.parse(body), null, 2)].join('\n'));
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? STDIN : userPath(file), 'utf8');
  } catch (cause) {
    const message = `The event ${file} cannot be read.`;
    throw new CliError('FILE_UNREADABLE', message, 'Check the path.', { cause });
  }
}

export function dryRun(
  name: DestinationName,
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  nowMs: number,
): DryRun {
  const read = readProductEvent(text, nowMs);
  if (!read.ok) {
    const what = read.issues.map(({ path, message }) => `${path} ${message}`).join('; ');
    const fix = 'Every field is at the gateway under /docs.';
    throw new CliError('EVENT_INVALID', `The gateway would refuse this event: ${what}`, fix);
  }
  const key = env['PII_PSEUDONYM_KEY'];
  const scrubber = createScrubber(defaultPolicy, key === undefined ? {} : { pseudonymKey: key });
  const { record } = scrubRecord(scrubber, read.event);
  const config = readConfig(destinationFields, env, { service: 'fineprint' });
  const destination = destinationRecords[name];
  const prepared = prepare(destination, selectionOf(config, name), record);
  if (prepared.is === 'dropped') return { outcome: 'dropped', reason: prepared.reason };
  if (prepared.is === 'too_large') return { outcome: 'rejected', reason: 'event_too_large' };
  const request = destination.request([prepared.event], { key: HIDDEN }, nowMs);
  const baseUrl = targetOf(config, name)?.baseUrl ?? destination.baseUrl;
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([header, value]) => [header, SECRET.has(header) ? HIDDEN : value]),
  );
  return {
    outcome: 'sent',
    request: { method: 'POST', url: `${baseUrl}${request.path}`, ...request, headers },
  };
}

/** Made with the key; the request's body names a placeholder. */
const SECRET: ReadonlySet<string> = new Set(['authorization', 'webhook-signature']);
