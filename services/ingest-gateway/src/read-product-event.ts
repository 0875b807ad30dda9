import type { ProductEvent } from '@fineprint/schemas';
import { NO_SIGNALS } from './event/privacy-signals.ts';
import { readEvent } from './event/read-event.ts';
import { readItems } from './json/read-items.ts';
import { type Issue, Problem } from './problem/problem.ts';

/** An event as the gateway would pass it on, or what it would find wrong with it. */
export type ReadProductEvent =
  | { readonly ok: true; readonly event: ProductEvent }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** The gateway's defaults. */
const LIMITS = { maxItems: 1, maxDepth: 32, maxKeys: 2_000 };
const MAX_EVENT_CHARS = 900_000;
const DAY_MS = 86_400_000;
const TIME_BOUNDS = { maxAgeMs: 3_650 * DAY_MS, maxFutureMs: DAY_MS };
/** Of derived ids, which nobody will see. */
const NAMESPACE = '9b7c5d1e-0d0a-5d0e-8d51-6a6d0c2f5b11';

/** One product event as JSON text, read as the gateway reads it: for trying things out, without a gateway. */
export function readProductEvent(text: string, nowMs: number): ReadProductEvent {
  try {
    const [item] = readItems(text, 'json', LIMITS).items;
    if (item === undefined) return { ok: false, issues: [] };
    const read = readEvent(text, item, 0, {
      ...{ shape: 'any_product', route: '', source: 'dry-run', namespace: NAMESPACE, idempotencyKey: null },
      signals: NO_SIGNALS,
      ...{ receivedMs: nowMs, sentAt: null, timeBounds: TIME_BOUNDS, maxEventChars: MAX_EVENT_CHARS },
    });
    if (!read.ok) return { ok: false, issues: read.issues };
    if (read.record.topic === 'product.events.raw') return { ok: true, event: read.record.value };
    return { ok: false, issues: [] };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { ok: false, issues: [{ code: error.code, path: '$', message: error.message }] };
  }
}
