import type { Scrubber } from '@fineprint/pii';
import type { RecordName, RecordTypes } from '@fineprint/schemas';

/** Fields whose whole value may be dropped by the policy, and what then stands there. Any other string becomes null. */
const REQUIRED_TEXT: Readonly<Record<string, string>> = {
  properties: '{}',
  context: '{}',
  event_name: '[REMOVED]',
  source: '[REMOVED]',
  model_name: '[REMOVED]',
  model_version: '[REMOVED]',
};

/** Identities are checked to be UUIDs, and the kind is one of the schema's. */
const EXEMPT = new Set(['event_id', 'request_id', 'kind']);

export interface Scrubbed<R> {
  /** The very same reference when nothing was found. */
  readonly record: R;
  /** Findings by type; never a value. */
  readonly findings: Readonly<Record<string, number>>;
  /** Where they stood, each type and path once: the first ones. A name that was personal stands as its replacement. */
  readonly places: readonly Place[];
}

interface Place {
  readonly type: string;
  readonly path: string;
}

const NONE: Readonly<Record<string, number>> = {};
const NOWHERE: readonly Place[] = [];
/** As many as a note holds. */
const MAX_PLACES = 50;

/** A typed record without personal data: every string, JSON text, list and map key is looked at. Pure. */
export function scrubRecord<R extends RecordTypes[RecordName]>(scrubber: Scrubber, record: R): Scrubbed<R> {
  let changed: Record<string, unknown> | undefined;
  let findings: Record<string, number> | undefined;
  let places: Place[] | undefined;
  for (const field in record) {
    const value: unknown = record[field];
    if (!mayHoldText(value) || EXEMPT.has(field)) continue;
    const result = scrubber.scrubValue<unknown>(value, { path: field });
    for (const { type, path, count } of result.findings) {
      places ??= [];
      if (places.length < MAX_PLACES) places.push({ type, path });
      findings ??= {};
      findings[type] = (findings[type] ?? 0) + count;
    }
    if (!result.changed) continue;
    changed ??= { ...record };
    changed[field] = result.value ?? REQUIRED_TEXT[field] ?? null;
  }
  return {
    record: (changed as R | undefined) ?? record,
    findings: findings ?? NONE,
    places: places ?? NOWHERE,
  };
}

function mayHoldText(value: unknown): boolean {
  if (typeof value === 'string') return value !== '' && value !== '{}';
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}
