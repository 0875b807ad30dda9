/** Names under which an event of the gateway's bodies may say what it is, in order. */
const NAMES = ['event_name', 'eventName', 'event', 'name'] as const;
/** Names are short; what is longer is no name, and nothing to print. */
const MAX_NAME_CHARS = 200;

/** The event's name in a decoded record; null where it has none. */
export function nameInRecord(record: object): string | null {
  return nameIn(record, ['event_name']);
}

/** The event's name in a body that the gateway refused, as far as it is JSON. */
export function nameInBody(body: Buffer | null): string | null {
  if (body === null) return null;
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return value !== null && typeof value === 'object' ? nameIn(value, NAMES) : null;
  } catch {
    return null; // no JSON, no name
  }
}

function nameIn(value: object, names: readonly string[]): string | null {
  for (const name of names) {
    const found: unknown = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    if (typeof found === 'string' && found.length <= MAX_NAME_CHARS) return found;
  }
  return null;
}
