import type { Lab } from '../lab.ts';
import { killService } from './kill-service.ts';

/** Every lab. The one place a lab is named; docs/reliability.md is made from it. */
export const labs: readonly Lab[] = [killService];
