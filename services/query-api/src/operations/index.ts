import { definitionOperations } from '../definitions/operations.ts';
import type { Operation } from './operation.ts';

/** Every operation. A new one is a line here. */
export const operations: readonly Operation[] = [...definitionOperations];
