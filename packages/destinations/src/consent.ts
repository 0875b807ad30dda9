import type { JsonObject } from './destination.ts';

/** What an event says of its user's consent to a purpose. */
export type Consent = 'granted' | 'denied' | 'unknown';

/**
 * Reads `context.consent`: `{analytics: false}`, or as Segment writes it, `{categoryPreferences: {Analytics: false}}`. Case
 * does not matter. `context.gpc: true` (Global Privacy Control) denies what is sold or shared: advertising, marketing.
 */
export function consentIn(context: JsonObject, category: string): Consent {
  const consent = objectAt(context, 'consent');
  const preferences = objectAt(consent, 'categoryPreferences');
  const told = flagIn(preferences, category) ?? flagIn(consent, category);
  if (told !== null) return told ? 'granted' : 'denied';
  return context['gpc'] === true && SOLD.has(category) ? 'denied' : 'unknown';
}

const SOLD: ReadonlySet<string> = new Set(['advertising', 'marketing']);

function objectAt(value: JsonObject, name: string): JsonObject {
  const found = value[name];
  return typeof found === 'object' && found !== null ? (found as JsonObject) : {};
}

function flagIn(preferences: JsonObject, category: string): boolean | null {
  for (const [name, value] of Object.entries(preferences))
    if (name.toLowerCase() === category && typeof value === 'boolean') return value;
  return null;
}
