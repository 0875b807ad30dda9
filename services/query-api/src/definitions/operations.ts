import {
  archiveDefinition,
  DEFINITION_KINDS,
  type DefinitionKind,
  listDefinitions,
  readDefinition,
} from '@fineprint/definitions';
import { z } from 'zod';
import { defineOperation, type Operation } from '../operations/operation.ts';
import { name, wholeNumber } from '../params/fields.ts';
import { Problem } from '../problem/problem.ts';
import { historySchema, pageSchema, removedSchema, savedSchema, toVersion } from './answers.ts';
import { namedPath } from './in-force.ts';
import { KIND_INFO } from './kinds.ts';
import { save } from './save.ts';

const noParameters = z.strictObject({});
const pathOf = (kind: DefinitionKind) => `/api/v1/analytics/${KIND_INFO[kind].plural}`;

/** The same four for each kind. */
export const definitionOperations: readonly Operation[] = DEFINITION_KINDS.flatMap((kind) => [
  list(kind),
  read(kind),
  put(kind),
  remove(kind),
]);

function list(kind: DefinitionKind): Operation {
  const { plural, summary } = KIND_INFO[kind];
  return defineOperation({
    method: 'GET',
    path: pathOf(kind),
    name: `analytics.${plural}.list`,
    action: 'definitions',
    summary: `All ${plural} in force`,
    description: `${summary}. In the order of their names.`,
    parameters: z.strictObject({
      after: name('The `next_after` of the page before.').optional(),
      limit: wholeNumber({ min: 1, max: 500, byDefault: 100, description: 'Definitions of a page' }),
    }),
    pathParameters: noParameters,
    bodySchema: null,
    answerSchema: pageSchema,
    example: '?limit=20',
    async run({ query: { after = '', limit } }, { database }) {
      const found = await listDefinitions(database, kind, { after, limit: limit + 1 });
      const page = found.slice(0, limit);
      const next = found.length > limit ? (page.at(-1)?.name ?? null) : null;
      return { status: 200, body: { definitions: page.map(toVersion), next_after: next } };
    },
  });
}

function read(kind: DefinitionKind): Operation {
  const { plural } = KIND_INFO[kind];
  return defineOperation({
    method: 'GET',
    path: `${pathOf(kind)}/{name}`,
    name: `analytics.${plural}.get`,
    action: 'definitions',
    summary: `A ${kind} with its versions`,
    description: 'What was in force before stays readable, also of a name that was removed.',
    parameters: noParameters,
    pathParameters: namedPath,
    bodySchema: null,
    answerSchema: historySchema,
    example: '',
    async run({ path }, { database }) {
      const versions = await readDefinition(database, kind, path.name);
      if (versions.length === 0) throw unknown(kind);
      const inForce = versions.find((v) => v.archivedAt === null);
      const { version = null, definition = null } = inForce ?? {};
      return {
        status: 200,
        body: { kind, name: path.name, version, definition, versions: versions.map(toVersion) },
      };
    },
  });
}

function put(kind: DefinitionKind): Operation {
  const { plural, bodySchema, example } = KIND_INFO[kind];
  return defineOperation({
    method: 'PUT',
    path: `${pathOf(kind)}/{name}`,
    name: `analytics.${plural}.put`,
    action: 'define',
    summary: `Puts a ${kind} in force`,
    description:
      'A change is a new version (201); the same again changes nothing (200). Problems come all at once, with their places.',
    parameters: z.strictObject({
      dry_run: z.enum(['true', 'false']).optional().meta({ description: '`true`: only checks it.' }),
    }),
    pathParameters: namedPath,
    bodySchema,
    answerSchema: savedSchema,
    example: JSON.stringify(example),
    run: ({ query, path, body }, context) =>
      save({ kind, name: path.name, body, isDryRun: query.dry_run === 'true' }, context),
  });
}

function remove(kind: DefinitionKind): Operation {
  const { plural } = KIND_INFO[kind];
  return defineOperation({
    method: 'DELETE',
    path: `${pathOf(kind)}/{name}`,
    name: `analytics.${plural}.delete`,
    action: 'define',
    summary: `Takes a ${kind} out of force`,
    description: 'It counts no more; its versions stay readable.',
    parameters: noParameters,
    pathParameters: namedPath,
    bodySchema: null,
    answerSchema: removedSchema,
    example: '',
    async run({ path }, { database }) {
      if (!(await archiveDefinition(database, kind, path.name))) throw unknown(kind);
      const [removed] = await readDefinition(database, kind, path.name);
      return { status: 200, body: { kind, name: path.name, version: removed?.version } };
    },
  });
}

const unknown = (kind: DefinitionKind) =>
  new Problem('unknown_definition', `No ${kind} of this name is in force.`);
