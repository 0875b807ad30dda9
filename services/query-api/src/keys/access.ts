import { Problem } from '../problem/problem.ts';
import type { ApiKey, Role } from './api-key.ts';

export const actions = [
  'performance',
  'comparison',
  'usage',
  'models',
  'live',
  'drift',
  'alerts',
  'behaviour',
  'people',
  'definitions',
  'define',
  'experiments',
  'experiment-changes',
  'experiment-stop',
  'experiment-results',
  'assignment',
  'passport',
  'jobs',
  'job-start',
  'business',
  'quality',
  'alert-rules',
  'alert-silences',
  'alert-receivers',
  'exports',
] as const;
export type Action = (typeof actions)[number];

/**
 * Which role may do what; the one place where it stands. Operators keep the service running and see no money, and what
 * people define but change none of it: analysts answer for what their figures mean. What does harm they may stop, and work
 * that takes machines' time is theirs to start. Who is told of alerts, and so where data goes, only admins say.
 */
export const access: Readonly<Record<Role, readonly Action[]>> = {
  analyst: actions.filter((action) => action !== 'job-start' && action !== 'alert-receivers'),
  operator: [
    'models',
    'live',
    'drift',
    'alerts',
    'definitions',
    'experiments',
    'experiment-stop',
    'assignment',
    'passport',
    'jobs',
    'job-start',
    'quality',
    'alert-silences',
  ],
  admin: actions,
};

export function requireAccess(key: ApiKey, action: Action): void {
  if (access[key.role].includes(action)) return;
  throw new Problem('forbidden', `The role ${key.role} may not do this.`);
}
