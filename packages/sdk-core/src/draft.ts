import { SdkError } from './error.ts';
import type { QueuedEvent, Route } from './queued-event.ts';
import { utf8Length } from './utf8-length.ts';
import type { Properties, WireAiFeedback, WireAiRequest, WireProductEvent } from './wire.ts';

export type { Properties } from './wire.ts';

/** Who it is about, and what a caller may know better. */
export interface About {
  readonly userId?: string | undefined;
  readonly anonymousId?: string | undefined;
  readonly sessionId?: string | undefined;
  /** A UUID of your own: the same one twice counts once. */
  readonly eventId?: string | undefined;
  /** When it happened; now, if left out. */
  readonly eventTime?: Date | undefined;
  readonly context?: Properties | undefined;
}

/** An event as a call describes it, not yet anybody's. */
export interface Draft {
  readonly route: Route;
  readonly fields:
    | WireProductEvent
    | ({ readonly kind: 'ai_request' } & WireAiRequest)
    | ({ readonly kind: 'ai_feedback' } & WireAiFeedback);
  readonly about: About;
}

/** What makes a draft this event. */
export interface Stamp {
  readonly id: string;
  readonly nowMs: number;
  /** Taken where the draft says nothing of its own. */
  readonly about: About;
  readonly maxBytes: number;
}

/** Makes the event's identity and its bytes, once. Throws SdkError where it cannot be sent at all. */
export function toQueuedEvent({ route, fields, about }: Draft, stamp: Stamp): QueuedEvent {
  const id = (about.eventId ?? stamp.id).toLowerCase();
  const event: WireProductEvent = {
    event_id: id,
    event_time: (about.eventTime ?? new Date(stamp.nowMs)).toISOString(),
    user_id: about.userId ?? stamp.about.userId,
    anonymous_id: about.anonymousId ?? stamp.about.anonymousId,
    session_id: about.sessionId ?? stamp.about.sessionId,
    ...(fields as WireProductEvent),
    context: { ...stamp.about.context, ...about.context },
  };
  const text = toJson(event);
  const bytes = utf8Length(text);
  if (bytes > stamp.maxBytes)
    throw new SdkError(
      'event_too_large',
      `The event takes ${bytes} bytes of ${stamp.maxBytes}: send less with it.`,
    );
  return { id, route, text, bytes, createdMs: stamp.nowMs };
}

function toJson(event: object): string {
  try {
    return JSON.stringify(event);
  } catch (cause) {
    const message = 'The event cannot be written as JSON: leave out cycles and BigInts.';
    throw new SdkError('not_serializable', message, { cause });
  }
}
