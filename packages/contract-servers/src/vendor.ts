/** A request as a vendor's API sees it, uncompressed. */
export interface VendorRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface VendorAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON where it is an object. */
  readonly body: object | string;
}

/** An event that a vendor has taken. */
export interface TakenEvent {
  /** By which it recognises repeats. */
  readonly id: string;
  readonly event: Readonly<Record<string, unknown>>;
}

/** What a vendor's documented API does, without a network: the same for tests on simulated time and for the servers. */
export interface Vendor {
  handle(request: VendorRequest): VendorAnswer;
  /** What it would show its customer: each event once, in the order of the first arrival. */
  readonly events: ReadonlyMap<string, TakenEvent>;
  /** How often an event arrived, repeats included. */
  readonly arrivals: ReadonlyMap<string, number>;
}

/** The events that a vendor keeps, by its own rule of what is a repeat. */
export function createKeeper() {
  const events = new Map<string, TakenEvent>();
  const arrivals = new Map<string, number>();
  return {
    events,
    arrivals,
    take(id: string, event: Readonly<Record<string, unknown>>): void {
      arrivals.set(id, (arrivals.get(id) ?? 0) + 1);
      if (!events.has(id)) events.set(id, { id, event });
    },
  };
}

/** A JSON object in any value; null where it is none. */
export function objectOf(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

/** Undefined where it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // the caller answers what the vendor answers to it
  }
}

/** The user name of basic authentication; null where there is none. */
export function basicUser(header: string | undefined): string | null {
  const encoded = /^Basic (.+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return null;
  return Buffer.from(encoded, 'base64').toString('utf8').split(':', 1)[0] ?? null;
}
