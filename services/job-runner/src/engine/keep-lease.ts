import { type Claim, renewClaim } from '@fineprint/jobs';
import type { Pool } from 'pg';

/** The claim is another worker's, or nobody could say that it is still ours for as long as the lease lasts. */
export class LeaseLost extends Error {
  constructor() {
    super('the run was taken over, or its lease could not be renewed');
    this.name = 'LeaseLost';
  }
}

/** Renews a claim until it is stopped; calls `onLost` once where that is no longer possible. */
export function keepLease(
  pool: Pool,
  claim: Claim,
  leaseMs: number,
  onLost: (error: LeaseLost) => void,
): { stop(): void } {
  let heldUntilMs = performance.now() + leaseMs;
  let isRenewing = false;
  const renew = async (): Promise<void> => {
    if (isRenewing) return;
    isRenewing = true;
    const askedAtMs = performance.now();
    const isOurs = await renewClaim(pool, claim, leaseMs).catch(() => null); // Postgres is away: tried again, until the lease ends
    isRenewing = false;
    if (isOurs === true) heldUntilMs = askedAtMs + leaseMs;
    if (isOurs === false || performance.now() > heldUntilMs) lose();
  };
  const timer = setInterval(() => void renew(), leaseMs / 3);
  const lose = () => {
    clearInterval(timer);
    onLost(new LeaseLost());
  };
  return { stop: () => clearInterval(timer) };
}
