import {
  buildClientSchema,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getIntrospectionQuery,
  getNamedType,
  type IntrospectionQuery,
  isObjectType,
  isRequiredArgument,
} from 'graphql';
import { type MissionContext, type MissionRow, same } from '../mission/row.ts';

const PATH = '/api/v1/graphql';
/** Behind us: equal questions have equal answers. */
const RANGE = { from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' };
/** Other rows' events may still arrive between two questions. */
const EQUAL_WITHIN_MS = 30_000;
const LEVELS = 5;

interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

async function ask({ ask: send }: MissionContext, query: string): Promise<Answer> {
  return (await send('POST', PATH, { query })).body as Answer;
}

const codesOf = (answer: Answer): string[] => (answer.errors ?? []).map((e) => e.extensions.code);

/** Everything that a type holds, in GraphQL's words. */
function everything(type: GraphQLNamedType, levels = LEVELS): string {
  if (!isObjectType(type) || levels === 0) return '';
  const fields = Object.values(type.getFields()).map(
    (field) => `${field.name} ${everything(getNamedType(field.type), levels - 1)}`,
  );
  return `{ ${fields.join(' ')} }`;
}

/** REST leaves out what GraphQL answers with null; their keys may come in another order. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, v]) => v !== null);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, v]) => [key, normal(v)]));
}

/** What flows is another a moment later: only its parts are the same. */
const isOfNow = ({ name }: GraphQLField<unknown, unknown>): boolean => name.startsWith('pipeline');
const partsOf = (value: unknown): string[] => Object.keys(value ?? {});

/** One question both ways. Null where the key may not ask it in either. */
async function askBoth(context: MissionContext, field: GraphQLField<unknown, unknown>): Promise<boolean> {
  const path = /As GET (\S+)\.$/.exec(field.description ?? '')?.[1] ?? '';
  const names = field.args.map((a) => a.name);
  const range = names.includes('from') && names.includes('to') ? RANGE : {};
  const args = Object.entries(range).map(([name, value]) => `${name}: "${value}"`);
  const query = `{ ${field.name}${args.length > 0 ? `(${args.join(' ')})` : ''} ${everything(getNamedType(field.type))} }`;
  return context.eventually(EQUAL_WITHIN_MS, async () => {
    const rest = await context.get(`${path}?${new URLSearchParams(range)}`);
    const answer = await ask(context, query);
    if (rest.status !== 200) {
      same(`${field.name} is refused alike`, codesOf(answer), [(rest.body as { code: string }).code]);
      return false;
    }
    same(`errors of ${field.name}`, answer.errors ?? [], []);
    const [mine, theirs] = [normal(answer.data?.[field.name]), normal(rest.body)];
    if (isOfNow(field)) same(`parts of ${field.name}`, partsOf(mine), partsOf(theirs));
    else same(field.name, mine, theirs);
    return true;
  });
}

async function readSchema(context: MissionContext): Promise<GraphQLSchema> {
  const { data } = await ask(context, getIntrospectionQuery());
  return buildClientSchema(data as unknown as IntrospectionQuery);
}

async function checkLimits(context: MissionContext): Promise<void> {
  const many = Array.from({ length: 11 }, (_, i) => `a${i}: aiModels { next_after }`).join(' ');
  same('eleven questions', codesOf(await ask(context, `{ ${many} }`)), ['graphql_too_large']);
  const deep = `{ aiModels { next_after } __type(name: "Query") { ${'ofType { '.repeat(12)} name ${'}'.repeat(12)} } }`;
  same('fifteen levels', codesOf(await ask(context, deep)), ['graphql_too_large']);
  const one = await ask(
    context,
    '{ aiModels { next_after } aiDrift(from: "\'; DROP TABLE x --") { __typename } }',
  );
  same('SQL as a time', codesOf(one), ['invalid_time']);
  same('its neighbour is answered', Object.keys(one.data?.['aiModels'] ?? {}), ['next_after']);
}

export const graphql: MissionRow = {
  row: 30,
  name: 'GraphQL',
  async check(context) {
    const schema = await readSchema(context);
    const fields = Object.values(schema.getQueryType()?.getFields() ?? {});
    const open = fields.filter((field) => !field.args.some(isRequiredArgument));
    let answered = 0;
    for (const field of open) if (await askBoth(context, field)) answered += 1;
    await checkLimits(context);
    return `${fields.length} fields, one for each path that reads figures; ${answered} answered field by field as their paths are, ${open.length - answered} refused alike; cost, depth and bad arguments are refused by name`;
  },
};
