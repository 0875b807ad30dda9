import type { SentEvent } from './sent-event.ts';

/** What was sent and what was answered: the one account that the judge holds against the stores. */
export interface Book {
  /** Before the first attempt to send it, so that an event whose answer was lost is no stranger. */
  sent(event: SentEvent): void;
  /** It was answered with 2xx, or Kafka confirmed it: from now on it may not be lost. */
  acknowledged(id: string): void;
  /** An attempt of a producer failed: by HTTP status, or `network`. Retries follow; nothing is lost by it. */
  failed(what: string): void;
  /** A copy of an event that was sent before. */
  repeated(): void;
  /** A record that is no event, under a key of its own, which has to end in a dead letter. */
  garbage(key: string): void;
  readonly events: ReadonlyMap<string, SentEvent>;
  readonly acknowledgedIds: ReadonlySet<string>;
  readonly garbageKeys: ReadonlySet<string>;
  readonly failures: ReadonlyMap<string, number>;
  readonly repeats: number;
}

export function createBook(): Book {
  const events = new Map<string, SentEvent>();
  const acknowledgedIds = new Set<string>();
  const garbageKeys = new Set<string>();
  const failures = new Map<string, number>();
  let repeats = 0;
  return {
    sent(event) {
      if (!events.has(event.id)) events.set(event.id, event);
    },
    acknowledged: (id) => void acknowledgedIds.add(id),
    failed: (what) => void failures.set(what, (failures.get(what) ?? 0) + 1),
    repeated: () => {
      repeats += 1;
    },
    garbage: (key) => void garbageKeys.add(key),
    events,
    acknowledgedIds,
    garbageKeys,
    failures,
    get repeats() {
      return repeats;
    },
  };
}
