import type { ChosenCategory, Standing } from '@fineprint/consent';
import type { ProductEvent } from '@fineprint/schemas';
import { consentIn } from './consent.ts';
import type { Destination, JsonObject, MappedEvent } from './destination.ts';
import { ENVELOPE_BYTES } from './plan-requests.ts';

/** What of the events goes to a destination. */
export interface Selection {
  /** Only events of these names; null: of every name. */
  readonly events: ReadonlySet<string> | null;
  /** Only these of an event's properties and traits; null: all of them. */
  readonly properties: ReadonlySet<string> | null;
  /** What its user must allow; null: what the destination names. */
  readonly consentCategory: ChosenCategory | null;
  /** What becomes of an event whose user said nothing. */
  readonly withoutConsent: 'send' | 'drop';
}

export const EVERYTHING: Selection = {
  events: null,
  properties: null,
  consentCategory: null,
  withoutConsent: 'send',
};

/** What the user must allow for an event to go to a destination. */
export const categoryFor = (destination: Destination, selection: Selection): ChosenCategory =>
  selection.consentCategory ?? destination.consentCategory;

/** Names of the rules by which an event is left out. Stable: the ledger counts them. */
export type DropReason =
  | 'event_not_selected'
  | 'no_consent' // by the consent in force, as the scrubber found it
  | 'consent_denied' // by what the event itself says
  | 'consent_unknown'
  | 'no_subject';

export type Prepared =
  | { readonly is: 'mapped'; readonly event: MappedEvent }
  | { readonly is: 'dropped'; readonly reason: string }
  | { readonly is: 'too_large' };

/**
 * An event as a destination wants it, or the rule that leaves it out. `standing`: what is known of its user's consent to the
 * destination's category. Pure.
 */
export function prepare(
  destination: Destination,
  selection: Selection,
  event: ProductEvent,
  standing: Standing = 'default',
): Prepared {
  if (selection.events !== null && !selection.events.has(event.event_name))
    return { is: 'dropped', reason: 'event_not_selected' satisfies DropReason };
  if (standing === 'denied') return { is: 'dropped', reason: 'no_consent' satisfies DropReason };
  const context = objectOf(event.context);
  const own = consentIn(context, categoryFor(destination, selection));
  if (own === 'denied' || consentIn(context, NEEDED_BY_ALL) === 'denied')
    return { is: 'dropped', reason: 'consent_denied' satisfies DropReason };
  if (own === 'unknown' && standing === 'default' && selection.withoutConsent === 'drop')
    return { is: 'dropped', reason: 'consent_unknown' satisfies DropReason };
  const reason = destination.excludes(event);
  if (reason !== null) return { is: 'dropped', reason };

  const allowed = (json: string | null) => pick(objectOf(json ?? '{}'), selection.properties);
  const mapped = destination.map(event, propertiesOf(event, allowed), context);
  const json = JSON.stringify(mapped);
  const sizeBytes = Buffer.byteLength(json);
  if (sizeBytes > Math.min(destination.limits.eventBytes, destination.limits.bytes - ENVELOPE_BYTES))
    return { is: 'too_large' };
  return { is: 'mapped', event: { eventId: event.event_id, json, sizeBytes } };
}

/** Who does not want to be analysed does not want it done elsewhere either. */
const NEEDED_BY_ALL: ChosenCategory = 'analytics';

/** An identify tells of its user by its traits; all others by their properties and the fields of their kind. */
function propertiesOf(event: ProductEvent, allowed: (json: string | null) => JsonObject): JsonObject {
  const own = allowed(event.properties);
  if (event.kind === 'identify') return { ...own, ...allowed(event.traits) };
  return { ...own, ...typed(event) };
}

const TYPED = [
  'page_url',
  'page_title',
  'page_referrer',
  'funnel_name',
  'step_name',
  'step_order',
  'conversion_type',
  'conversion_value',
  'currency',
  'feature',
  'engagement_action',
  'engagement_duration_ms',
] as const satisfies readonly (keyof ProductEvent)[];

/** The fields of the event's kind. What else a record holds (source, flags, the client's own time) stays here. */
function typed(event: ProductEvent): JsonObject {
  const fields: Record<string, unknown> = {};
  for (const name of TYPED) if (event[name] !== null) fields[name] = event[name];
  return fields;
}

function pick(object: JsonObject, names: ReadonlySet<string> | null): JsonObject {
  if (names === null) return object;
  return Object.fromEntries(Object.entries(object).filter(([name]) => names.has(name)));
}

/** Clean records hold JSON objects; anything else counts as none. */
function objectOf(json: string): JsonObject {
  if (json === '{}') return NO_FIELDS;
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : NO_FIELDS;
  } catch {
    return NO_FIELDS; // the scrubber passes JSON only; a foreign writer's text is not forwarded
  }
}

const NO_FIELDS: JsonObject = {};
