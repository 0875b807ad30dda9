import { Problem } from '../problem/problem.ts';
import type { ApiKey, Role } from './api-key.ts';

export const actions = [
  'performance',
  'comparison',
  'usage',
  'models',
  'live',
  'behaviour',
  'people',
] as const;
export type Action = (typeof actions)[number];

/** Which role may read what; the one place where it stands. Operators keep the service running and see no money. */
export const access: Readonly<Record<Role, readonly Action[]>> = {
  analyst: ['performance', 'comparison', 'usage', 'models', 'live', 'behaviour', 'people'],
  operator: ['models', 'live'],
  admin: ['performance', 'comparison', 'usage', 'models', 'live', 'behaviour', 'people'],
};

export function requireAccess(key: ApiKey, action: Action): void {
  if (access[key.role].includes(action)) return;
  throw new Problem('forbidden', `The role ${key.role} does not read this.`);
}
