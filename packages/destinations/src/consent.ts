import { type ChosenCategory, categoryOf } from '@fineprint/consent';
import type { JsonObject } from './destination.ts';

/** What an event says of its user's consent to a purpose. */
export type Consent = 'granted' | 'denied' | 'unknown';

/**
 * Reads `context.consent`: `{analytics: false}`, or as Segment writes it, `{categoryPreferences: {Analytics: false}}`. Case
 * does not matter, nor which name of a purpose it is. `context.gpc: true` (Global Privacy Control) and `context.dnt: true`
 * deny what is sold or shared.
 */
export function consentIn(context: JsonObject, category: ChosenCategory): Consent {
  const consent = objectAt(context, 'consent');
  const preferences = objectAt(consent, 'categoryPreferences');
  const told = flagIn(preferences, category) ?? flagIn(consent, category);
  if (told !== null) return told ? 'granted' : 'denied';
  const hasSignal = context['gpc'] === true || context['dnt'] === true;
  return hasSignal && category === 'marketing' ? 'denied' : 'unknown';
}

function objectAt(value: JsonObject, name: string): JsonObject {
  const found = value[name];
  return typeof found === 'object' && found !== null ? (found as JsonObject) : {};
}

/** Where two names mean the same, a no counts. */
function flagIn(preferences: JsonObject, category: ChosenCategory): boolean | null {
  let told: boolean | null = null;
  for (const [name, value] of Object.entries(preferences))
    if (typeof value === 'boolean' && categoryOf(name) === category) told = value && told !== false;
  return told;
}
