import {
  metricOf,
  type Parsed,
  parseReceiver,
  parseRule,
  receiverSchema,
  ruleFields,
} from '@fineprint/alert-rules';
import {
  type AlertDefinitionKind,
  listDefinitions,
  readDefinition,
  readProgress,
  removeDefinition,
  saveDefinition,
  TooManyAlertDefinitions,
} from '@fineprint/alert-store';
import { z } from 'zod';
import { defineOperation, type Operation, type OperationContext } from '../operations/operation.ts';
import { invalidBody } from '../operations/read-body-fields.ts';
import { name, wholeNumber } from '../params/fields.ts';
import { Problem } from '../problem/problem.ts';
import { receiverAnswer, ruleAnswer, toReceiver, toRule } from './answers.ts';

const none = z.strictObject({});
const namedPath = z.strictObject({ name: name('Its name.') });
const page = z.strictObject({
  after: name('The `next_after` of the page before.').optional(),
  limit: wholeNumber({ min: 1, max: 500, byDefault: 100, description: 'Of a page' }),
});
const nextAfter = z.string().nullable().meta({ description: '`after` for the next page; null on the last.' });

const RULES = '/api/v1/alerts/rules';
const RECEIVERS = '/api/v1/alerts/receivers';

/** A page of one more than was asked for: the last one only tells that there is more. */
function paged<T extends { readonly value: { readonly name: string } }>(found: readonly T[], limit: number) {
  const shown = found.slice(0, limit);
  return { shown, next: found.length > limit ? (shown.at(-1)?.value.name ?? null) : null };
}

const listRules = defineOperation({
  method: 'GET',
  path: RULES,
  name: 'alerts.rules.list',
  action: 'alerts',
  summary: 'Alert rules in force, and how each did last',
  description: 'In the order of their names.',
  parameters: page,
  pathParameters: none,
  bodySchema: null,
  answerSchema: z.object({ rules: z.array(ruleAnswer), next_after: nextAfter }).meta({ id: 'AlertRules' }),
  example: '?limit=20',
  async run({ query: { after = '', limit } }, { database }) {
    const { shown, next } = paged(
      await listDefinitions(database, 'rule', { after, limit: limit + 1 }),
      limit,
    );
    const progress = await readProgress(database);
    const rules = shown.map((r) => toRule(r, metricOf(r.value.metric).kind, progress.get(r.value.name)));
    return { status: 200, body: { rules, next_after: next } };
  },
});

const readRule = defineOperation({
  method: 'GET',
  path: `${RULES}/{name}`,
  name: 'alerts.rules.get',
  action: 'alerts',
  summary: 'An alert rule, and how it did last',
  description: 'With everything that was left out when it was written.',
  parameters: none,
  pathParameters: namedPath,
  bodySchema: null,
  answerSchema: ruleAnswer,
  example: '',
  run: async ({ path }, { database }) => ({ status: 200, body: await shownRule(database, path.name) }),
});

async function shownRule(database: OperationContext['database'], ruleName: string) {
  const rule = await readDefinition(database, 'rule', ruleName);
  if (rule === null) throw new Problem('unknown_alert_rule', 'No alert rule of this name is in force.');
  return toRule(rule, metricOf(rule.value.metric).kind, (await readProgress(database)).get(ruleName));
}

const putRule = defineOperation({
  method: 'PUT',
  path: `${RULES}/{name}`,
  name: 'alerts.rules.put',
  action: 'alert-rules',
  summary: 'Put an alert rule in force',
  description:
    'From the next minute on. The same again changes nothing. Metrics and conditions: docs/alerts.md.',
  parameters: none,
  pathParameters: namedPath,
  bodySchema: ruleFields.partial({ name: true }),
  answerSchema: ruleAnswer,
  example: `-d '{"metric":"ai.error_rate","condition":{"type":"threshold","above":0.05}}'`,
  async run({ path, body }, context) {
    const status = await save('rule', read(parseRule, path.name, body), context);
    return { status, body: await shownRule(context.database, path.name) };
  },
});

const listReceivers = defineOperation({
  method: 'GET',
  path: RECEIVERS,
  name: 'alerts.receivers.list',
  action: 'alerts',
  summary: 'Who is told of alerts',
  description: 'In the order of their names. Addresses are not shown.',
  parameters: page,
  pathParameters: none,
  bodySchema: null,
  answerSchema: z
    .object({ receivers: z.array(receiverAnswer), next_after: nextAfter })
    .meta({ id: 'AlertReceivers' }),
  example: '?limit=20',
  async run({ query: { after = '', limit } }, { database }) {
    const { shown, next } = paged(
      await listDefinitions(database, 'receiver', { after, limit: limit + 1 }),
      limit,
    );
    return { status: 200, body: { receivers: shown.map(toReceiver), next_after: next } };
  },
});

const putReceiver = defineOperation({
  method: 'PUT',
  path: `${RECEIVERS}/{name}`,
  name: 'alerts.receivers.put',
  action: 'alert-receivers',
  summary: 'Say who is told of alerts',
  description: 'A new receiver hears of what comes from now on. Targets and routing: docs/alerts.md.',
  parameters: none,
  pathParameters: namedPath,
  bodySchema: receiverSchema.partial({ name: true }),
  answerSchema: receiverAnswer,
  example: `-d '{"target":{"type":"webhook","url":"https://on-call.example.com/fineprint"}}'`,
  async run({ path, body }, context) {
    const status = await save('receiver', read(parseReceiver, path.name, body), context);
    const stored = await readDefinition(context.database, 'receiver', path.name);
    if (stored === null) throw new Problem('conflict', 'Somebody else removed it at the same moment.');
    return { status, body: toReceiver(stored) };
  },
});

const REMOVED = {
  rule: {
    path: RULES,
    action: 'alert-rules',
    code: 'unknown_alert_rule',
    what: 'an alert rule',
    effect: 'What it said is resolved.',
  },
  receiver: {
    path: RECEIVERS,
    action: 'alert-receivers',
    code: 'unknown_receiver',
    what: 'a receiver',
    effect: 'What waits for it is given up.',
  },
} as const;

function remove(kind: AlertDefinitionKind): Operation {
  const { path, action, code, what, effect } = REMOVED[kind];
  return defineOperation({
    method: 'DELETE',
    path: `${path}/{name}`,
    name: `alerts.${kind}s.remove`,
    action,
    summary: `Take ${what} out of force`,
    description: effect,
    parameters: none,
    pathParameters: namedPath,
    bodySchema: null,
    answerSchema: z.object({ name: z.string(), removed: z.literal(true) }),
    example: '',
    async run({ path: given }, { database }) {
      if (!(await removeDefinition(database, kind, given.name)))
        throw new Problem(code, 'None of this name is in force.');
      return { status: 200, body: { name: given.name, removed: true } };
    },
  });
}

/** Together with its name; all that is wrong with it, or that it has another one. */
function read<T>(
  parse: (input: unknown) => Parsed<T>,
  given: string,
  body: { readonly name?: string | undefined },
): T {
  const issue = (parameter: string, message: string) => ({ code: 'invalid_field', parameter, message });
  if (body.name !== undefined && body.name !== given)
    throw invalidBody([issue('name', 'is another one than in the path')]);
  const parsed = parse({ ...body, name: given });
  if (!parsed.ok) throw invalidBody(parsed.problems.map((p) => issue(p.path, p.message)));
  return parsed.value;
}

async function save<K extends AlertDefinitionKind>(
  kind: K,
  value: Parameters<typeof saveDefinition<K>>[2],
  { database, key }: OperationContext,
): Promise<200 | 201> {
  try {
    return (await saveDefinition(database, kind, value, key.id)).isChanged ? 201 : 200;
  } catch (error) {
    if (error instanceof TooManyAlertDefinitions) throw new Problem('too_many_definitions', error.message);
    throw error;
  }
}

export const alertDefinitionOperations: readonly Operation[] = [
  ...[listRules, readRule, putRule, remove('rule')],
  ...[listReceivers, putReceiver, remove('receiver')],
];
