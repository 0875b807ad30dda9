import { DAYS, MODELS, VERSIONS } from './ai-data.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A question of the AI API that hardly any other one equals: its range, models and groups are drawn. */
export interface AiQuestion {
  readonly endpoint: string;
  readonly path: string;
}

/** Of 20 questions. */
const MIX = {
  'performance-metrics': 8,
  'compare-models': 5,
  'usage-trends': 4,
  models: 2,
  'real-time': 1,
} as const;
type EndpointName = keyof typeof MIX;

const GROUPS = ['', 'model', 'model,version', 'provider', 'variant', 'model,variant', 'version'];

/** Questions over ranges from an hour to all 30 days, beginning and ending at any minute. */
export function drawQuestion(random: () => number, nowMs: number): AiQuestion {
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const endpoint = pick(
    Object.entries(MIX).flatMap(([name, times]) => Array<EndpointName>(times).fill(name as EndpointName)),
  );
  const range = drawRange(random, nowMs);
  const days = (range.to - range.from) / DAY_MS;
  const between = `from=${range.from}&to=${range.to}`;
  const model = random() < 0.5 ? `&model=${pick(MODELS)}` : '';
  const path: Record<EndpointName, () => string> = {
    'performance-metrics': () => {
      const granularity = pick(days <= 1 ? ['none', 'minute', 'hour'] : ['none', 'hour', 'day']);
      return `performance-metrics?${between}${model}&granularity=${granularity}&group_by=${pick(GROUPS)}`.replace(
        /&group_by=$/,
        '',
      );
    },
    'compare-models': () => {
      const all = MODELS.flatMap((m) => VERSIONS.map((v) => `${m}:${v}`));
      const chosen = new Set(Array.from({ length: 2 + Math.floor(random() * 3) }, () => pick(all)));
      const query = [...chosen, ...all.filter((m) => !chosen.has(m)).slice(0, 1)].slice(
        0,
        Math.max(2, chosen.size),
      );
      return `compare-models?${query.map((m) => `model=${m}`).join('&')}&${between}`;
    },
    'usage-trends': () => `usage-trends?${between}${model}&granularity=${pick(['hour', 'day'])}`,
    models: () => `models?limit=${1 + Math.floor(random() * 500)}`,
    'real-time': () => `real-time/${pick(MODELS)}/${pick(VERSIONS)}`,
  };
  return { endpoint, path: path[endpoint]() };
}

function drawRange(random: () => number, nowMs: number): { from: number; to: number } {
  const minutes = (ms: number) => Math.floor(ms / MINUTE_MS) * MINUTE_MS;
  const length = Math.max(3_600_000, random() * DAYS * DAY_MS);
  const to = minutes(nowMs - random() * (DAYS * DAY_MS - length));
  return { from: minutes(to - length), to };
}
