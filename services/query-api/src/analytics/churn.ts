import { EVENT_KINDS, type ThinData, type VisitGroup } from '@fineprint/behaviour';
import { z } from 'zod';
import type { Endpoint, EndpointContext, Prepared } from '../ai/endpoint.ts';
import { time, wholeNumber } from '../params/fields.ts';
import { readParameters } from '../params/read-parameters.ts';
import { isoOf } from '../params/time-range.ts';
import { type FitResult, MAX_SHOWN } from './churn-fit.ts';
import { readChurnGroups } from './churn-groups.ts';
import { type ChurnAsked, DAY_MS, type PersonRow, peopleQuestion } from './churn-question.ts';
import { eventName } from './selectors.ts';

const parameters = z.strictObject({
  as_of: time('Visits before the UTC day of this are known; today if left out.').optional(),
  horizon_days: wholeNumber({
    min: 1,
    max: 180,
    byDefault: 30,
    description: 'Gone: no visit within so many days',
  }),
  event: eventName('A visit is an event of this name; any if left out.').optional(),
  kind: z.enum(EVENT_KINDS).optional().meta({ description: 'A visit is an event of this kind.' }),
  limit: wholeNumber({ min: 1, max: MAX_SHOWN, byDefault: 20, description: 'People shown' }),
});
type Given = z.output<typeof parameters>;

const size = z.object({ users: z.int(), repeaters: z.int(), days: z.int() });
const thin = z.object({ have: size, need: size }).nullable().meta({
  description: 'Null where there is enough. repeaters: people who came back; days: since the first visit.',
});
const state = z.enum(['ready', 'not_enough_data']);
const answerSchema = z
  .object({
    as_of: z.iso.datetime(),
    horizon_days: z.int(),
    state,
    not_enough_data: thin,
    users: z.int(),
    expected_churn_rate: z.number().nullable().meta({ description: 'Mean risk of all people.' }),
    parameters: z
      .object({ r: z.number(), alpha: z.number(), a: z.number(), b: z.number() })
      .nullable()
      .meta({ description: 'BG/NBD (Fader, Hardie and Lee 2005) on days with a visit.' }),
    back_test: z
      .object({
        state,
        not_enough_data: thin,
        users: z.int().nullable(),
        churn_rate: z.number().nullable().meta({ description: 'Who in fact stayed away.' }),
        brier: z.number().nullable(),
        baseline_brier: z.number().nullable(),
        skill: z.number().nullable(),
        better_than_average: z.boolean(),
        calibration: z.array(z.object({ users: z.int(), predicted: z.number(), actual: z.number() })),
      })
      .meta({ description: 'The last horizon held out: fitted on what was before it, and compared.' }),
    at_risk: z
      .array(
        z.object({
          person: z.string(),
          risk: z.number(),
          visit_days: z.int(),
          first_visit: z.iso.date(),
          last_visit: z.iso.date(),
        }),
      )
      .nullable()
      .meta({
        description:
          'Most at risk first. Null where the back-test does not beat the average: single risks would mislead.',
      }),
  })
  .meta({ id: 'Churn' });

const thinOf = (result: ThinData | { readonly ok: true }) =>
  result.ok ? null : { have: result.have, need: result.need };
const stateOf = (result: { readonly ok: boolean }) => (result.ok ? 'ready' : 'not_enough_data');

function backTestOf({ backTest: test }: FitResult) {
  return {
    state: stateOf(test),
    not_enough_data: thinOf(test),
    users: test.ok ? test.users : null,
    churn_rate: test.ok ? test.leftShare : null,
    brier: test.ok ? test.brier : null,
    baseline_brier: test.ok ? test.baselineBrier : null,
    skill: test.ok ? test.skill : null,
    better_than_average: test.ok && test.betterThanAverage,
    calibration: test.ok ? test.calibration : [],
  };
}

async function atRisk(
  { fit, backTest }: FitResult,
  asked: ChurnAsked,
  limit: number,
  context: EndpointContext,
) {
  if (!fit.ok || !backTest.ok || !backTest.betterThanAverage) return null;
  const groups = fit.highest.slice(0, limit); // each has somebody
  const risks = new Map(groups.map((group) => [keyOf(group), group.risk]));
  const rows = await context.warehouse.rows<PersonRow>(peopleQuestion(asked, groups, limit));
  const dayOf = (day: number) => isoOf(day * DAY_MS).slice(0, 10);
  return rows.map(({ person, own_repeats: repeats, own_recency: recencyDays, own_age: ageDays }) => ({
    person,
    risk: risks.get(keyOf({ repeats, recencyDays, ageDays })) ?? null,
    visit_days: repeats + 1,
    first_visit: dayOf(asked.endDay - ageDays),
    last_visit: dayOf(asked.endDay - ageDays + recencyDays),
  }));
}

const keyOf = ({ repeats, recencyDays, ageDays }: Omit<VisitGroup, 'users'>) =>
  JSON.stringify([repeats, recencyDays, ageDays]);

async function answer(given: Given, asked: ChurnAsked, context: EndpointContext) {
  const horizonDays = given.horizon_days;
  const [now, split] = await Promise.all([
    readChurnGroups(context.warehouse, asked, 'now'),
    readChurnGroups(context.warehouse, asked, 'split'),
  ]);
  const result = await context.churnFits.fit({
    now: now.map(({ left: _, ...group }) => group),
    split,
    horizonDays,
  });
  const { fit } = result;
  return {
    as_of: isoOf(asked.endDay * DAY_MS),
    horizon_days: horizonDays,
    state: stateOf(fit),
    not_enough_data: thinOf(fit),
    users: now.reduce((sum, { users }) => sum + users, 0),
    expected_churn_rate: fit.ok ? fit.meanRisk : null,
    parameters: fit.ok ? fit.parameters : null,
    back_test: backTestOf(result),
    at_risk: await atRisk(result, asked, given.limit, context),
  };
}

export const churnEndpoint: Endpoint = {
  path: '/api/v1/analytics/churn',
  name: 'analytics.churn',
  action: 'people',
  data: 'behaviour',
  summary: 'Who is likely to stay away, and whether that can be told at all',
  description: 'A model of visits by day, tested on the last horizon before it is believed.',
  parameters,
  answerSchema,
  example: '?horizon_days=30',
  prepare(query, _path, context): Prepared {
    const given = readParameters(parameters, query);
    const endDay = Math.floor((given.as_of ?? context.nowMs) / DAY_MS);
    const splitDay = endDay - given.horizon_days;
    const asked = { visit: { event: given.event, kind: given.kind }, splitDay, endDay };
    return { key: JSON.stringify({ ...given, endDay }), answer: () => answer(given, asked, context) };
  },
};
