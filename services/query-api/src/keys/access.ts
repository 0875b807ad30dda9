import { Problem } from '../problem/problem.ts';
import type { ApiKey, Role } from './api-key.ts';

/** What can be done here, and who may beside admins, who may all of it. */
interface ActionRule {
  readonly what: string;
  readonly roles: readonly Exclude<Role, 'admin'>[];
  /** Whether each use is an entry of the audit log: access to personal data, and whatever changes something. */
  readonly isAudited: boolean;
}

const read = (what: string, ...roles: ActionRule['roles'][number][]): ActionRule => ({
  what,
  roles,
  isAudited: false,
});
const audited = (what: string, ...roles: ActionRule['roles'][number][]): ActionRule => ({
  what,
  roles,
  isAudited: true,
});

/**
 * Which role may do what; the one place where it stands. Operators keep the service running and see no money and no people, and
 * what people define but change none of it: analysts answer for what their figures mean. What does harm they may stop, and work
 * that takes machines' time is theirs to start. Who is told of alerts, and so where data goes, only admins say. A privacy officer
 * answers for people's rights and for who looked at what, and needs no figures for that.
 */
export const actionRules = {
  graphql: read('several questions at once, each by its own rule', 'analyst', 'operator', 'privacy_officer'),
  performance: read('latency, errors, tokens and cost of AI models', 'analyst'),
  comparison: read('AI models side by side', 'analyst'),
  usage: read('use of AI models over time', 'analyst'),
  models: read('which AI models there are', 'analyst', 'operator'),
  live: read('what an AI model does now', 'analyst', 'operator'),
  drift: read('whether AI models behave as they did', 'analyst', 'operator'),
  alerts: read('alerts, their rules, receivers, silences and deliveries', 'analyst', 'operator'),
  behaviour: read('figures of what people do', 'analyst'),
  people: audited('single people, by their ids', 'analyst'),
  definitions: read('what funnels, cohorts and segments are', 'analyst', 'operator'),
  define: audited('put funnels, cohorts and segments in force', 'analyst'),
  experiments: read('what experiments there are', 'analyst', 'operator'),
  'experiment-changes': audited('make and start experiments', 'analyst'),
  'experiment-stop': audited('stop an experiment', 'analyst', 'operator'),
  'experiment-results': read('what experiments say', 'analyst'),
  assignment: read('which variant a unit gets', 'analyst', 'operator'),
  passport: audited('where one event went', 'analyst', 'operator', 'privacy_officer'),
  jobs: read('scheduled jobs and their runs', 'analyst', 'operator'),
  'job-start': audited('ask for a run of a job', 'operator'),
  business: read('revenue, growth, use by plan, reports', 'analyst'),
  quality: read('data quality rules and results', 'analyst', 'operator'),
  'alert-rules': audited('put alert rules in force', 'analyst'),
  'alert-silences': audited('silence alerts', 'analyst', 'operator'),
  'alert-receivers': audited('say who is told of alerts'),
  exports: audited('data sets as files', 'analyst'),
  consent: audited('consent of single people, and its history', 'privacy_officer'),
  'privacy-requests': audited('exports and erasures of single people', 'privacy_officer'),
  'audit-log': audited('who did what', 'privacy_officer'),
  pipeline: read('what flows, what waits and what was refused', 'analyst', 'operator', 'privacy_officer'),
  session: read('which role a key has', 'analyst', 'operator', 'privacy_officer'),
  keys: audited('make, list and revoke keys'),
} as const satisfies Record<string, ActionRule>;

export type Action = keyof typeof actionRules;
export const actions = Object.keys(actionRules) as Action[];

export function mayDo(role: Role, action: Action): boolean {
  const rule: ActionRule = actionRules[action];
  return role === 'admin' || rule.roles.includes(role);
}

/** Whether somebody sees people's ids and words as they are. Officers answer for them; others only where their key says so. */
export const seesPeople = ({ role, unmasked }: ApiKey): boolean =>
  unmasked || role === 'privacy_officer' || role === 'admin';

export function requireAccess({ role, datasets }: ApiKey, action: Action): void {
  if (!mayDo(role, action)) throw new Problem('forbidden', `The role ${role} may not do this.`);
  if (datasets !== null && action !== 'exports') {
    throw new Problem('forbidden', 'This key is for exports of some data sets only.');
  }
}

/** A key that is held to some data sets may not name others. */
export function requireDataset({ datasets }: ApiKey, dataset: string): void {
  if (datasets === null || datasets.includes(dataset)) return;
  throw new Problem('forbidden', 'This key is not for this data set.');
}
