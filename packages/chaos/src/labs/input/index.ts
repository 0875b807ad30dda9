import type { Lab } from '../../lab.ts';
import { authBypass } from './auth-bypass.ts';
import { clockSkew } from './clock-skew.ts';
import { deepJson } from './deep-json.ts';
import { duplicates } from './duplicates.ts';
import { headerInjection } from './header-injection.ts';
import { outOfOrder } from './out-of-order.ts';
import { oversized } from './oversized.ts';
import { poison } from './poison.ts';
import { prototypePollution } from './prototype-pollution.ts';
import { sqlInjection } from './sql-injection.ts';
import { ssrf } from './ssrf.ts';
import { zipBomb } from './zip-bomb.ts';

/** What a producer, a reader or an attacker may send. They share a stack, and run one after another in this order. */
export const inputLabs: readonly Lab[] = [
  poison,
  oversized,
  zipBomb,
  deepJson,
  prototypePollution,
  sqlInjection,
  headerInjection,
  authBypass,
  ssrf,
  clockSkew,
  duplicates,
  outOfOrder,
];
