import type { IncomingMessage } from 'node:http';
import type { OutputRecord, RecordEncoder } from '@fineprint/stream-runtime';
import { privacySignalsOf } from '../event/privacy-signals.ts';
import { type Ingested, type IngestLimits, ingest, ingestUnreadable, type RequestFrame } from '../ingest.ts';
import type { ReadLimits } from '../json/read-items.ts';
import type { Senders } from '../keys/senders.ts';
import type { WriteKey } from '../keys/write-key.ts';
import type { GatewayMetrics } from '../metrics.ts';
import { type ItemError, Problem } from '../problem/problem.ts';
import type { QuickReader } from '../quick/quick-ingest.ts';
import type { EventSink } from '../sink/event-sink.ts';
import { BudgetShare, type ByteBudget } from './byte-budget.ts';
import { type BodyFormat, bodyFormat } from './content-type.ts';
import { checkOrigin, type OriginPolicy } from './cors.ts';
import { readCredentials } from './credentials.ts';
import { readIdempotencyKey } from './idempotency-key.ts';
import { type ParsedBody, parseBody } from './parse-body.ts';
import type { RateLimit } from './rate-limit.ts';
import { readBody } from './read-body.ts';
import type { RequestTraces } from './request-traces.ts';
import type { IngestRoute } from './routes.ts';

/** Turns records into bytes and stores them. Null until Kafka and the registry have answered for the first time. */
export interface Backend {
  readonly encoder: RecordEncoder;
  readonly sink: EventSink;
  /** Past the spool: while Kafka is away it refuses. */
  readonly direct: EventSink;
}

/** What stands between a request and Kafka. */
export interface IngestPorts {
  readonly senders: Senders;
  readonly origins: OriginPolicy;
  readonly rateLimit: RateLimit;
  readonly backend: () => Backend | null;
  readonly budget: ByteBudget;
  readonly metrics: GatewayMetrics;
  readonly traces: RequestTraces;
  readonly quick: QuickReader;
  readonly nowMs: () => number;
}

export interface IngestSettings extends IngestLimits, ReadLimits {
  readonly maxBodyBytes: number;
}

/** What a request is answered with, once Kafka has confirmed. */
export interface IngestAnswer {
  readonly accepted: readonly { readonly index: number; readonly event_id: string }[];
  readonly rejected: readonly ItemError[];
}

type ReadableBody = Extract<ParsedBody, { ok: true }>;

interface Admitted {
  readonly key: WriteKey;
  readonly bytes: Buffer;
  /** Null where it has not been read yet. */
  readonly parsed: ParsedBody | null;
}

/** Browsers send no larger beacons; so much is read before it is known who sends. */
const MAX_BEACON_BYTES = 65_536;

/** Handles a POST with events. Throws Problem for anything but a 202. */
export function handleIngest(
  req: IncomingMessage,
  route: IngestRoute,
  ports: IngestPorts,
  settings: IngestSettings,
): Promise<IngestAnswer> {
  const traced = { method: 'POST', path: route.path, status: 202 } as const;
  return ports.traces.during(req, traced, (traceparent) =>
    takeEvents(req, route, traceparent, ports, settings),
  );
}

async function takeEvents(
  req: IncomingMessage,
  route: IngestRoute,
  traceparent: string | null,
  ports: IngestPorts,
  settings: IngestSettings,
): Promise<IngestAnswer> {
  const receivedMs = ports.nowMs();
  const format = bodyFormat(req.headers['content-type']);
  const presented = readCredentials(req, queryOf(req), format === 'beacon');
  const idempotencyKey = readIdempotencyKey(req);
  const share = new BudgetShare(ports.budget);
  try {
    const admitted =
      presented === null
        ? await admitBeacon(req, format, ports, settings, share)
        : await admit(req, presented, ports, settings, share);
    const { key, bytes } = admitted;
    ports.metrics.bodyBytes.inc({ route: route.name }, bytes.length);
    const { shape, name, isDirect = false } = route;
    const signals = privacySignalsOf(req);
    const { source } = key;
    const frame = { shape, route: name, source, idempotencyKey, traceparent, receivedMs, signals, isDirect };
    const quick = format === 'json' ? readQuickly(bytes, frame, ports) : null;
    if (quick !== null) {
      await spend(ports.rateLimit, key, quick.records.length);
      return await confirm(quick, frame, ports);
    }
    const parsed = admitted.parsed ?? parseBody(bytes, format, settings);
    if (admitted.parsed === null) refuseSecondKey(parsed);
    await spend(ports.rateLimit, key, parsed.ok ? parsed.items.length : 1);
    if (parsed.ok) return await store(parsed, frame, ports, settings);
    return await refuse(bytes, parsed.problem, frame, format, ports);
  } finally {
    share.releaseAll();
  }
}

async function admit(
  req: IncomingMessage,
  presented: string,
  ports: IngestPorts,
  settings: IngestSettings,
  share: BudgetShare,
): Promise<Admitted> {
  const key = await ports.senders.authenticate(presented, req);
  checkOrigin(req, ports.origins, key);
  const bytes = await readBody(req, settings.maxBodyBytes, share);
  return { key, bytes, parsed: null };
}

/** Of a body whose request has named its key already. */
function refuseSecondKey(parsed: ParsedBody): void {
  if (!parsed.ok || parsed.writeKey === null) return;
  throw new Problem('ambiguous_credentials', 'The request holds several write keys.');
}

/** Null where the body is not plain, or nothing can be encoded yet. */
function readQuickly(bytes: Buffer, frame: HandledFrame, ports: IngestPorts): Ingested | null {
  const backend = ports.backend();
  return backend === null ? null : ports.quick.read(bytes, frame, backend.encoder);
}

/** A beacon can bring its key in the body only, so a little is read before it is known whose it is. */
async function admitBeacon(
  req: IncomingMessage,
  format: BodyFormat,
  ports: IngestPorts,
  settings: IngestSettings,
  share: BudgetShare,
): Promise<Admitted> {
  const missing = new Problem('missing_credentials', 'The request holds no write key.');
  if (format !== 'beacon' || req.headers['content-encoding'] !== undefined) throw missing;
  const bytes = await readBody(req, Math.min(MAX_BEACON_BYTES, settings.maxBodyBytes), share);
  const parsed = parseBody(bytes, format, settings);
  if (!parsed.ok || parsed.writeKey === null) throw missing;
  const key = await ports.senders.authenticate(parsed.writeKey, req);
  checkOrigin(req, ports.origins, key);
  return { key, bytes, parsed };
}

const NO_QUERY = new URLSearchParams();

export function queryOf(req: IncomingMessage): URLSearchParams {
  const url = req.url ?? '';
  const at = url.indexOf('?');
  return at < 0 ? NO_QUERY : new URLSearchParams(url.slice(at + 1));
}

/** Takes a request's events off its key's limit. */
export async function spend(rateLimit: RateLimit, key: WriteKey, events: number): Promise<void> {
  const decision = await rateLimit.consume(key.id, events);
  if (decision.allowed) return;
  const retryAfterS = Math.max(1, Math.ceil(decision.retryAfterMs / 1_000));
  throw new Problem('rate_limited', `This write key may send ${rateLimit.eventsPerWindow} events a second.`, {
    retryAfterS,
    headers: {
      'ratelimit-policy': `"events";q=${rateLimit.eventsPerWindow};w=1`,
      ratelimit: `"events";r=0;t=${retryAfterS}`,
    },
  });
}

type HandledFrame = RequestFrame & { readonly isDirect: boolean };

/** Writes a request's events and dead letters, and answers once they are durable. */
export async function store(
  parsed: ReadableBody,
  frame: HandledFrame,
  ports: IngestPorts,
  settings: IngestSettings,
): Promise<IngestAnswer> {
  const { rejected, issues, ...made } = ingest(parsed, frame, backendOf(ports).encoder, settings);
  const { accepted } = await confirm({ ...made, rejected, issues }, frame, ports);
  for (const { code } of rejected) ports.metrics.rejected.inc({ code });
  const [first] = rejected;
  if (accepted.length > 0 || first === undefined) return { accepted, rejected };
  if (parsed.single) {
    const errors = issues.map((issue) => ({ ...first, ...issue }));
    throw new Problem(first.code, `The event is refused at ${first.path}.`, { errors });
  }
  throw new Problem('no_valid_event', `All ${rejected.length} events are refused.`, { errors: rejected });
}

/** Writes records, and answers once they are durable. */
async function confirm(
  { records, accepted, rejected }: Ingested,
  frame: HandledFrame,
  ports: IngestPorts,
): Promise<IngestAnswer> {
  const { sink, direct } = backendOf(ports);
  await write(frame.isDirect ? direct : sink, records, ports);
  ports.metrics.accepted.inc({ route: frame.route }, accepted.length);
  return { accepted, rejected };
}

/** Records a body that could not be read, then refuses it. */
async function refuse(
  bytes: Buffer,
  problem: Problem,
  frame: HandledFrame,
  format: BodyFormat,
  ports: IngestPorts,
): Promise<never> {
  const { encoder, sink } = backendOf(ports);
  const issue = { code: problem.code, path: '$', message: problem.message };
  await write(sink, [ingestUnreadable(bytes, issue, frame, format, encoder)], ports);
  throw problem;
}

function backendOf(ports: IngestPorts): Backend {
  const backend = ports.backend();
  if (backend === null) {
    throw new Problem('kafka_unavailable', 'Kafka or the schema registry has not answered yet.', {
      retryAfterS: 5,
    });
  }
  return backend;
}

async function write(sink: EventSink, records: readonly OutputRecord[], ports: IngestPorts): Promise<void> {
  const end = ports.metrics.ackSeconds.startTimer();
  await sink.write(records);
  end();
}
