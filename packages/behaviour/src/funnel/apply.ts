import type { BehaviourEvent } from '../event.ts';
import type { CompiledFunnel } from './compile.ts';
import { type Applied, applyStepEvent, type FunnelLimits, type FunnelState } from './state.ts';

/** Shows one event to one user's state. Events that no step asks for change nothing, but in strict order they come between. */
export function applyEvent(
  funnel: CompiledFunnel,
  state: FunnelState,
  event: BehaviourEvent,
  limits?: FunnelLimits,
): Applied | 'unmatched' {
  const mask = funnel.maskOf(event);
  if (mask === 0 && funnel.order !== 'strict') return 'unmatched';
  return applyStepEvent(funnel, state, { timeMs: event.timeMs, mask, id: event.eventId }, limits);
}
