import { BEHIND_MS, type Reading, type StageHealth, type StageState } from './health.ts';

/** Where in the dashboard a problem is looked into. */
export const pages = [
  'live',
  'ai',
  'business',
  'behaviour',
  'quality',
  'dead-letters',
  'operations',
] as const;
export type ProblemPage = (typeof pages)[number];

/** Something that is wrong now, in words for somebody who has never seen this pipeline. */
export interface PipelineProblem {
  readonly code: string;
  readonly severity: 'critical' | 'warning' | 'info';
  readonly title: string;
  readonly detail: string;
  readonly page: ProblemPage;
  /** What it is about: filters of that page. */
  readonly about: Readonly<Record<string, string>>;
  readonly since: string | null;
}

/** What a stage refused lately. */
export interface Refused {
  readonly stage: string;
  readonly reason: string;
  readonly records: number;
  readonly lastAt: string;
}

/** An alert that stands. */
export interface StandingAlert {
  readonly kind: string;
  readonly severity: string;
  readonly title: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly raisedAt: string;
}

export interface Findings {
  readonly stages: readonly StageHealth[];
  readonly kafkaAway: boolean;
  /** Null where ClickHouse does not answer. */
  readonly refused: readonly Refused[] | null;
  readonly refusedMinutes: number;
  readonly alerts: readonly StandingAlert[];
}

const SEVERITIES = ['critical', 'warning', 'info'] as const;

/** Everything that is wrong now, the worst first. */
export function findProblems(findings: Findings): PipelineProblem[] {
  const { stages, kafkaAway, refused, alerts, refusedMinutes } = findings;
  const problems: PipelineProblem[] = [
    ...(kafkaAway ? [KAFKA_AWAY] : []),
    ...(refused === null ? [CLICKHOUSE_AWAY] : []),
    ...summedUp(stages.flatMap(ofStage)),
    ...refusals(refused ?? [], refusedMinutes),
    ...alerts.map(ofAlert),
  ];
  const rank = (p: PipelineProblem) => SEVERITIES.indexOf(p.severity);
  return problems.sort((a, b) => rank(a) - rank(b));
}

const KAFKA_AWAY: PipelineProblem = {
  code: 'kafka_unavailable',
  severity: 'critical',
  title: 'Kafka does not answer',
  detail: 'Rates and lag are not known. Events are kept on the gateway’s disk until it is back.',
  page: 'operations',
  about: {},
  since: null,
};

const CLICKHOUSE_AWAY: PipelineProblem = {
  code: 'clickhouse_unavailable',
  severity: 'critical',
  title: 'ClickHouse does not answer',
  detail: 'Nothing new can be read. What comes in waits in Kafka until it is back.',
  page: 'operations',
  about: {},
  since: null,
};

/** A service's own word for a vendor that is away. */
const DESTINATION_AWAY = 'destination_unavailable';

const count = (n: number, one: string): string => `${n.toLocaleString('en-US')} ${n === 1 ? one : `${one}s`}`;

function age(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/** What waits at a stage, the worst topic first: "1,200 records of product.events.raw wait, the oldest for 40 s". */
function waiting(readings: readonly Reading[]): string {
  const [worst, ...others] = readings
    .filter((r) => r.lagRecords > 0)
    .sort((a, b) => (b.lagMs ?? 0) - (a.lagMs ?? 0) || b.lagRecords - a.lagRecords);
  if (worst === undefined) return 'Nothing waits for it right now.';
  const oldest = worst.lagMs === null ? '' : `, the oldest for about ${age(worst.lagMs)}`;
  const more = others.length === 0 ? '' : `; ${count(others.length, 'other topic')} too`;
  return `${count(worst.lagRecords, 'record')} of ${worst.topic} wait${oldest}${more}.`;
}

/** What a state is called where one stage is in it, and where many are. */
const SAYINGS: Partial<
  Record<
    StageState,
    { readonly code: string; readonly critical: boolean; readonly one: string; readonly many: string }
  >
> = {
  silent: { code: 'stage_silent', critical: true, one: 'does not answer', many: 'do not answer' },
  stopped: { code: 'stage_stopped', critical: true, one: 'does not run', many: 'do not run' },
  stuck: { code: 'stage_stuck', critical: true, one: 'is stuck', many: 'are stuck' },
  not_ready: { code: 'stage_not_ready', critical: true, one: 'is not ready', many: 'are not ready' },
  behind: { code: 'stage_behind', critical: false, one: 'is behind', many: 'are behind' },
  degraded: { code: 'stage_degraded', critical: false, one: 'is degraded', many: 'are degraded' },
};

/** More of one kind are one problem: what is behind it is seldom in each of them. */
const MAX_ALIKE = 4;

function summedUp(problems: readonly PipelineProblem[]): PipelineProblem[] {
  return [...Map.groupBy(problems, (p) => p.code).values()].flatMap((alike) => {
    const [first] = alike;
    const many = Object.values(SAYINGS).find((s) => s.code === first?.code)?.many;
    if (first === undefined || many === undefined || alike.length <= MAX_ALIKE) return alike;
    const names = alike.map((p) => p.about['stage']).join(', ');
    const severity = alike.some((p) => p.severity === 'critical') ? 'critical' : first.severity;
    return { ...first, severity, title: `${alike.length} stages ${many}`, detail: `${names}.`, about: {} };
  });
}

function ofStage(health: StageHealth): PipelineProblem[] {
  const { stage, state, reasons, readings, destination } = health;
  const away = destination !== null && reasons.some((r) => r.code === DESTINATION_AWAY);
  const saying = SAYINGS[state];
  if (saying === undefined) return [];
  const isCause = (r: { readonly code: string }) => Number(r.code === DESTINATION_AWAY);
  const why = [...reasons].sort((a, b) => isCause(b) - isCause(a)).map((r) => `${r.message} (${r.code}).`);
  const isOld = readings.some((r) => (r.lagMs ?? 0) >= BEHIND_MS);
  return [
    {
      code: away ? DESTINATION_AWAY : saying.code,
      severity: saying.critical || isOld ? 'critical' : 'warning',
      title: away
        ? `${destination.charAt(0).toUpperCase()}${destination.slice(1)} does not take events`
        : `${stage} ${saying.one}`,
      detail: [...why, waiting(readings)].join(' '),
      page: 'operations',
      about: { stage },
      since: null,
    },
  ];
}

/** One problem per stage: its reasons, the most frequent first. */
function refusals(refused: readonly Refused[], minutes: number): PipelineProblem[] {
  const byStage = Map.groupBy(refused, (r) => r.stage);
  return [...byStage].map(([stage, all]): PipelineProblem => {
    const records = all.reduce((sum, r) => sum + r.records, 0);
    const reasons = [...all].sort((a, b) => b.records - a.records).map((r) => `${r.reason} (${r.records})`);
    const last = all
      .map((r) => r.lastAt)
      .sort()
      .at(-1);
    return {
      code: 'dead_letters',
      severity: 'warning',
      title: `${stage} refused ${count(records, 'record')} in the last ${minutes} minutes`,
      detail: `Reasons: ${reasons.slice(0, 3).join(', ')}. They wait as dead letters; nothing is lost.`,
      page: 'dead-letters',
      about: { stage },
      since: last ?? null,
    };
  });
}

const PAGE_OF_KIND: Readonly<Record<string, ProblemPage>> = {
  ai_drift: 'ai',
  model_performance: 'ai',
  data_quality: 'quality',
  revenue: 'business',
  churn_risk: 'behaviour',
};

function ofAlert(alert: StandingAlert): PipelineProblem {
  const page = PAGE_OF_KIND[alert.kind] ?? 'operations';
  const model = alert.labels['model'] ?? alert.labels['model_name'];
  const version = alert.labels['version'] ?? alert.labels['model_version'];
  const rule = alert.labels['rule'];
  const labels = Object.entries(alert.labels).map(([name, value]) => `${name} ${value}`);
  return {
    code: alert.kind,
    severity: SEVERITIES.find((s) => s === alert.severity) ?? 'warning',
    title: alert.title,
    detail: labels.join(', '),
    page,
    about: {
      ...(page === 'ai' && model !== undefined ? { model } : {}),
      ...(page === 'ai' && version !== undefined ? { version } : {}),
      ...(page === 'quality' && rule !== undefined ? { rule } : {}),
    },
    since: alert.raisedAt,
  };
}
