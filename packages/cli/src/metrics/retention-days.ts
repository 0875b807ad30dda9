import { computableDays } from '@fineprint/retention';
import { retentionPolicy } from '../retention/retention-policy.ts';

/** Whole days of which figures can be computed again, as the services have it. */
export const retentionDays = (): number => computableDays(retentionPolicy());
