import type { InputRecord } from '@fineprint/stream-runtime';
import pc from '../colors.ts';

/** A record as `tail` shows it. */
export interface ShownRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** When Kafka received it. */
  readonly time: string;
  readonly key: string | null;
  /** The decoded value; null with `problem` where the bytes are no record of this topic. */
  readonly value: unknown;
  readonly problem?: string;
  readonly sizeBytes: number;
}

export function shownRecord(
  at: { readonly topic: string; readonly partition: number },
  record: InputRecord,
  decoded: { readonly ok: true; readonly record: unknown } | { readonly ok: false; readonly code: string },
): ShownRecord {
  return {
    topic: at.topic,
    partition: at.partition,
    offset: record.offset,
    time: new Date(record.timestampMs).toISOString(),
    key: record.key?.toString('utf8') ?? null,
    value: decoded.ok ? decoded.record : null,
    ...(decoded.ok ? {} : { problem: decoded.code }),
    sizeBytes: record.value?.length ?? 0,
  };
}

/** Bytes, as in a dead letter's original value, in base64: JSON has no bytes. */
export function toJsonLine(record: ShownRecord): string {
  return JSON.stringify(record, (_key, value: unknown) => {
    if (typeof value === 'bigint') return value.toString();
    const bytes = value as { type?: unknown; data?: unknown } | null;
    const isBuffer = typeof value === 'object' && bytes?.type === 'Buffer' && Array.isArray(bytes.data);
    return isBuffer ? Buffer.from(bytes.data as number[]).toString('base64') : value;
  });
}

/** One line: where and when, then the value without the fields that are not set. */
export function renderRecord(record: ShownRecord): string {
  const where = pc.dim(`${record.partition}:${record.offset} ${record.time}`);
  const key = record.key === null ? '' : ` ${pc.cyan(record.key)}`;
  const value =
    record.problem === undefined
      ? withoutEmpty(toJsonLine({ ...record, value: record.value }))
      : pc.red(`${record.problem} (${record.sizeBytes} bytes)`);
  return `${where}${key} ${value}`;
}

function withoutEmpty(line: string): string {
  const { value } = JSON.parse(line) as { value: unknown };
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return JSON.stringify(value);
  const set = Object.entries(value).filter(
    ([, v]) => v !== null && v !== '{}' && !(Array.isArray(v) && v.length === 0),
  );
  return JSON.stringify(Object.fromEntries(set));
}
