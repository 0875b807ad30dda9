import { createHash } from 'node:crypto';
import type { TopicName } from '@fineprint/topology';
import type { InputRecord } from './ports.ts';

/** W3C's Trace Context: the trace that a record belongs to, and the span that wrote it. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  /** Spans are made for it. */
  readonly isSampled: boolean;
}

/** Where a record was worked on. */
export interface TracedPlace {
  readonly node: string;
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: number;
}

/** A record that a span is made for. */
export interface TracedRecord {
  readonly trace: TraceContext;
  readonly offset: number;
  readonly receivedMs: number;
}

/** Of records' headers only this one goes on, and of HTTP's: any other may hold whatever its producer put there. */
export const TRACE_HEADER = 'traceparent';
const TRACE = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;
const TRACE_CHARS = 55;
const SAMPLED = 1;
/** A piece of work has no more spans than this. */
const MAX_TRACED = 32;

/** Null for anything that is not what W3C says. */
export function parseTrace(header: unknown): TraceContext | null {
  if ((typeof header !== 'string' && !Buffer.isBuffer(header)) || header.length !== TRACE_CHARS) return null;
  const [, traceId, spanId, flags] = TRACE.exec(String(header)) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED };
}

export const renderTrace = ({ traceId, spanId, isSampled }: TraceContext): string =>
  `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;

/** The span of the work on one record: the same whenever it is repeated, so that a repeat adds none. */
export function spanIdAt({ traceId }: TraceContext, { node, topic, partition, offset }: TracedPlace): string {
  return createHash('sha256')
    .update(`${traceId}/${node}/${topic}/${partition}/${offset}`)
    .digest('hex')
    .slice(0, 16);
}

/** What a record carries on that was made of the one at this place. */
export function carriedTrace(header: unknown, place: TracedPlace): string | null {
  const trace = parseTrace(header);
  if (trace === null) return null;
  return renderTrace(trace.isSampled ? { ...trace, spanId: spanIdAt(trace, place) } : trace);
}

/** The first records of some that spans are made for. */
export function tracedOf(records: readonly InputRecord[]): TracedRecord[] {
  const traced: TracedRecord[] = [];
  for (const { headers, offset, timestampMs } of records) {
    const header = headers[TRACE_HEADER];
    if (header === undefined) continue;
    const trace = parseTrace(header);
    if (trace?.isSampled) traced.push({ trace, offset, receivedMs: timestampMs });
    if (traced.length === MAX_TRACED) break;
  }
  return traced;
}

export const bothTraced = (some: readonly TracedRecord[], more: readonly TracedRecord[]): TracedRecord[] =>
  [...some, ...more].slice(0, MAX_TRACED);
