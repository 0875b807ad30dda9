import type { Operation } from '../operations/operation.ts';
import { alertDefinitionOperations } from './definitions.ts';
import { silenceOperations } from './silences.ts';
import { testRule } from './test-rule.ts';

/** Rules, receivers, silences and deliveries. The alerts themselves are an endpoint of their own. */
export const alertOperations: readonly Operation[] = [
  ...alertDefinitionOperations,
  testRule,
  ...silenceOperations,
];
