import {
  backTest,
  lookOf,
  type MetricRow,
  metricOf,
  metricQuestion,
  observationsOf,
  type Rule,
  shortLookOf,
} from '@fineprint/alert-rules';
import { readDefinition } from '@fineprint/alert-store';
import { z } from 'zod';
import type { Warehouse } from '../clickhouse/warehouse.ts';
import { defineOperation } from '../operations/operation.ts';
import { name, time } from '../params/fields.ts';
import { isoOf, rangeText, resolveRange } from '../params/time-range.ts';
import { Problem } from '../problem/problem.ts';

const DAY_MS = 86_400_000;
/** Each is a question to ClickHouse. A longer range is looked at more coarsely. */
const MAX_MOMENTS = 100;

const answerSchema = z
  .object({
    rule: z.string(),
    range: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }),
    moments: z.int(),
    step_minutes: z.int().meta({ description: 'Between moments: alerts that are shorter may be missed.' }),
    series: z.int(),
    alerts: z.array(
      z.object({
        labels: z.record(z.string(), z.string()),
        raised_at: z.iso.datetime(),
        resolved_at: z.iso.datetime().nullable(),
        value: z.number().nullable(),
        grounds: z.record(z.string(), z.number().nullable()),
      }),
    ),
  })
  .meta({ id: 'AlertRuleTest' });

/** As the service looks at it. */
async function observe(warehouse: Warehouse, rule: Rule, atMs: number) {
  const ask = (look: ReturnType<typeof lookOf>) => warehouse.rows<MetricRow>(metricQuestion(rule, look));
  const short = shortLookOf(rule, atMs);
  return observationsOf(rule, await ask(lookOf(rule, atMs)), short === null ? [] : await ask(short));
}

export const testRule = defineOperation({
  method: 'GET',
  path: '/api/v1/alerts/rules/{name}/test',
  name: 'alerts.rules.test',
  action: 'alert-rules',
  summary: 'What an alert rule would have told of',
  description: 'By what is known now of those moments.',
  parameters: z.strictObject({
    from: time('From here; a day before `to` if left out.').optional(),
    to: time('Until this moment; now if left out.').optional(),
  }),
  pathParameters: z.strictObject({ name: name('The rule.') }),
  bodySchema: null,
  answerSchema,
  example: '?from=2026-11-01T00:00:00Z',
  async run({ path, query }, { database, warehouse, nowMs }) {
    const rule = (await readDefinition(database, 'rule', path.name))?.value;
    if (rule === undefined)
      throw new Problem('unknown_alert_rule', 'No alert rule of this name is in force.');
    if (metricOf(rule.metric).source !== 'clickhouse')
      throw new Problem('no_history', `${rule.metric} cannot be told of the past here.`);
    const range = resolveRange(query, { granularity: 'none', defaultMs: DAY_MS, nowMs });
    const result = await backTest(rule, { ...range, maxMoments: MAX_MOMENTS }, (r, atMs) =>
      observe(warehouse, r, atMs),
    );
    const alerts = result.alerts.map(({ labels, raisedAtMs, resolvedAtMs, value, grounds }) => ({
      labels,
      raised_at: isoOf(raisedAtMs),
      resolved_at: resolvedAtMs === null ? null : isoOf(resolvedAtMs),
      value,
      grounds,
    }));
    const { moments, stepMinutes: step_minutes, series } = result;
    return {
      status: 200,
      body: { rule: rule.name, range: rangeText(range), moments, step_minutes, series, alerts },
    };
  },
});
