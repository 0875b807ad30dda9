import { always, type Fault } from '@fineprint/contract-servers';
import type { LabContext } from '../../lab.ts';

/** One way of a destination to be away. */
export interface Way {
  readonly what: string;
  /** Null: nobody listens on its port. */
  readonly fault: Fault | null;
  /** What /ready of the forwarder has to say meanwhile. */
  readonly told: string;
}

/** The last one is the nasty one: whoever gives an event up for it has lost nothing, and whoever repeats it has it twice. */
export const TAKES_IN_SILENCE = 'the destination takes the events and lets the answer time out';
export const WAYS: readonly Way[] = [
  { what: 'the destination refuses connections', fault: null, told: 'does not answer' },
  {
    what: 'the destination answers 429 with Retry-After',
    fault: { kind: 'busy', retryAfterS: 1 },
    told: 'answers 429',
  },
  { what: 'the destination answers 500', fault: { kind: 'error', status: 500 }, told: 'answers 500' },
  { what: 'the destination hangs', fault: { kind: 'hang' }, told: 'does not answer' },
  { what: TAKES_IN_SILENCE, fault: { kind: 'timeout-after' }, told: 'does not answer' },
];

/** However it was broken before. */
export async function breakIt(destination: LabContext['destination'], { fault }: Way): Promise<void> {
  if (fault === null) {
    await destination.down();
    return;
  }
  await destination.up();
  destination.setFaults(always(fault));
}
