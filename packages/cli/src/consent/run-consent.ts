import type { RecordConsentOptions, ShowConsentOptions } from '../commands/consent.ts';
import { CliError } from '../errors.ts';
import { connectQueryApi, refused } from '../experiments/query-client.ts';
import { printJson, printText } from '../output.ts';
import { gatewayTarget } from '../send/gateway-target.ts';
import { table } from '../table.ts';

/** What the query API tells. */
interface History {
  readonly subject: string;
  readonly in_force: Readonly<Record<string, string>>;
  readonly records: readonly {
    readonly event_time: string;
    readonly user_id: string | null;
    readonly anonymous_id: string | null;
    readonly categories: Readonly<Record<string, boolean>>;
    readonly jurisdiction: string | null;
    readonly method: string | null;
    readonly expires_at: string | null;
    readonly source: string;
  }[];
  readonly next_offset: number | null;
}

const PAGE = 500;
const TIMEOUT_MS = 30_000;

export async function show(subject: string, options: ShowConsentOptions): Promise<void> {
  const ask = await connectQueryApi(options);
  const path = `/api/v1/privacy/consent/${encodeURIComponent(subject)}`;
  const query = `kind=${encodeURIComponent(options.kind)}&limit=${PAGE}`;
  const history = await ask<History>('GET', `${path}?${query}`);
  await (options.json ? printJson(history) : printText(renderHistory(history)));
}

export function renderHistory({ subject, in_force, records, next_offset }: History): string {
  if (records.length === 0) return `${subject} has said nothing: the defaults of the law count.`;
  const standing = Object.entries(in_force).map(([category, word]) => `${category} ${word}`);
  const rows = records.map((r) => [
    r.event_time,
    namesOf(r.categories, true),
    namesOf(r.categories, false),
    r.user_id ?? '',
    r.anonymous_id ?? '',
    r.jurisdiction ?? '',
    r.method ?? '',
    r.expires_at ?? '',
    r.source,
  ]);
  const head = ['from', 'allowed', 'denied', 'user', 'device', 'law', 'method', 'expires', 'recorded by'];
  const more =
    next_offset === null ? '' : `\nOlder ones: GET /api/v1/privacy/consent/…?offset=${next_offset}`;
  return `Now: ${standing.join(', ')}\n\n${table(head, rows)}${more}`;
}

const namesOf = (categories: Readonly<Record<string, boolean>>, isGranted: boolean) =>
  Object.entries(categories)
    .flatMap(([name, is]) => (is === isGranted ? [name] : []))
    .join(', ');

export async function record(options: RecordConsentOptions): Promise<void> {
  const consent = consentOf(options);
  const { gatewayUrl, writeKey } = await gatewayTarget(options);
  const response = await fetch(`${gatewayUrl}/api/v1/privacy/consent`, {
    method: 'POST',
    headers: { authorization: `Bearer ${writeKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(consent),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await response.text();
  if (!response.ok) throw refused(text, response.status);
  const { accepted } = JSON.parse(text) as { accepted: { event_id: string }[] };
  const event_id = accepted[0]?.event_id ?? '';
  if (options.json) return printJson({ event_id, ...consent });
  await printText(`Recorded as ${event_id}. It counts for everything that is sent from now on.`);
}

/** The options as the gateway takes them. It checks ids and times; only what the command line alone can get wrong is checked here. */
export function consentOf(options: RecordConsentOptions): Record<string, unknown> {
  const allowed = listOf(options.allow);
  const denied = listOf(options.deny);
  if (allowed.length + denied.length === 0)
    throw usage('Nothing is allowed or denied.', 'Add --allow or --deny.');
  const both = allowed.find((name) => denied.includes(name));
  if (both !== undefined) throw usage(`${both} is allowed and denied.`, 'Name it once.');
  if (options.user === undefined && options.device === undefined)
    throw usage('Nobody is named.', 'Add --user or --device, or both.');
  const given = {
    user_id: options.user,
    anonymous_id: options.device,
    categories: Object.fromEntries([...allowed.map((c) => [c, true]), ...denied.map((c) => [c, false])]),
    jurisdiction: options.jurisdiction,
    method: options.method,
    policy_version: options.policyVersion,
    expires_at: options.expires,
    event_time: options.at,
    proof: options.proof === undefined ? undefined : proofOf(options.proof),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

const usage = (message: string, hint: string) => new CliError('USAGE', message, hint);

const listOf = (names: string | undefined): string[] =>
  (names ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

function proofOf(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below.
  }
  throw usage('--proof is no JSON object.', `For example: --proof '{"ticket":"4711"}'`);
}
