import type { IncomingMessage } from 'node:http';
import { privacySignalsOf } from '../event/privacy-signals.ts';
import { freeFormFields } from '../event/schemas.ts';
import { productKind, productShapes, type Shape } from '../event/shapes.ts';
import { Problem } from '../problem/problem.ts';
import { checkOrigin } from './cors.ts';
import { KEY_NAMES, readCredentials } from './credentials.ts';
import {
  type IngestAnswer,
  type IngestPorts,
  type IngestSettings,
  queryOf,
  spend,
  store,
} from './ingest-handler.ts';
import { parseBody } from './parse-body.ts';

/** A transparent GIF of one pixel. */
export const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

/** Fields whose parameter is read as a number. */
const NUMBERS: ReadonlySet<string> = new Set([
  'event_time',
  'sent_at',
  'step_order',
  'conversion_value',
  'engagement_duration_ms',
]);
const NUMBER = /^-?\d{1,20}(\.\d{1,15})?$/;
const PROPERTY_PREFIX = 'p.';

/**
 * Handles an event in an image's address, for e-mails and pages without scripts. `p.<name>=` are properties; without a
 * kind and an event name it is a page view, of the page that shows the image.
 */
export async function handlePixel(
  req: IncomingMessage,
  ports: IngestPorts,
  settings: IngestSettings,
): Promise<IngestAnswer> {
  const receivedMs = ports.nowMs();
  const query = queryOf(req);
  const presented = readCredentials(req, query, true);
  if (presented === null) throw new Problem('missing_credentials', 'The address holds no write key.');
  const key = await ports.senders.authenticate(presented, req);
  checkOrigin(req, ports.origins, key);
  const json = pixelJson(query, req.headers.referer);
  const parsed = parseBody(Buffer.from(json), 'json', settings);
  await spend(ports.rateLimit, key, 1);
  if (!parsed.ok) throw parsed.problem;
  const frame = { shape: 'any_product', route: 'product.pixel', source: key.source } as const;
  const signals = privacySignalsOf(req);
  return store(
    parsed,
    { ...frame, idempotencyKey: null, receivedMs, signals, isDirect: false },
    ports,
    settings,
  );
}

/** The parameters as the JSON that a POST would hold, so that one path checks both. */
export function pixelJson(query: URLSearchParams, referer: string | undefined): string {
  const kind = query.get('kind') ?? (hasEventName(query) ? 'track' : 'page_view');
  const shape = productShapes[productKind(kind) ?? 'track'];
  const members: string[] = [];
  const properties: string[] = [];
  for (const [name, value] of query) {
    if (KEY_NAMES.includes(name) || name === 'kind') continue;
    if (name.startsWith(PROPERTY_PREFIX)) {
      properties.push(`${JSON.stringify(name.slice(PROPERTY_PREFIX.length))}:${JSON.stringify(value)}`);
    } else members.push(`${JSON.stringify(name)}:${jsonValue(shape, name, value)}`);
  }
  members.push(`"kind":${JSON.stringify(kind)}`);
  if (properties.length > 0) members.push(`"properties":{${properties.join()}}`);
  const isPageKnown = [...query.keys()].some((name) => shape.names.get(name) === 'page_url');
  if (shape.name === 'page_view' && !isPageKnown && referer !== undefined) {
    members.push(`"page_url":${JSON.stringify(referer)}`);
  }
  return `{${members.join()}}`;
}

const hasEventName = (query: URLSearchParams) =>
  [...query.keys()].some((name) => productShapes.track.names.get(name) === 'event_name');

/** Numbers as numbers and objects as objects; the scanner then checks that an object is JSON. */
function jsonValue(shape: Shape, name: string, value: string): string {
  const field = shape.names.get(name) ?? name;
  const isRaw =
    (NUMBERS.has(field) && NUMBER.test(value)) || (freeFormFields.has(field) && value.startsWith('{'));
  return isRaw ? value : JSON.stringify(value);
}
