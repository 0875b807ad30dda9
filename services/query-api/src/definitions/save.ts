import type { Problem as Finding } from '@fineprint/behaviour';
import {
  type DefinitionKind,
  eventNames,
  parseDefinition,
  type Saved,
  saveDefinition,
  TooManyDefinitions,
} from '@fineprint/definitions';
import type { OperationAnswer, OperationContext } from '../operations/operation.ts';
import { invalidBody } from '../operations/read-body-fields.ts';
import { type Issue, Problem } from '../problem/problem.ts';
import { seenEvents } from './seen-events.ts';

export interface ToSave {
  readonly kind: DefinitionKind;
  readonly name: string;
  readonly body: unknown;
  readonly isDryRun: boolean;
}

/** Puts a definition in force, or only tells whether it could be. */
export async function save(given: ToSave, context: OperationContext): Promise<OperationAnswer> {
  const { kind, name, isDryRun } = given;
  const input = named(name, given.body);
  const parsed = parseDefinition(kind, input);
  if (!parsed.ok) throw refused(parsed.problems);
  const knownEvents = await seenEvents(context.warehouse, eventNames(parsed.value));
  const options = knownEvents === undefined ? {} : { knownEvents };
  const saved = isDryRun ? null : await store(kind, input, context, options);
  const checked = saved ?? parseDefinition(kind, input, options);
  if (!checked.ok) throw refused(checked.problems);
  return {
    status: saved?.ok && saved.isNew ? 201 : 200,
    body: {
      kind,
      name,
      version: saved?.ok ? saved.version : null,
      changed: saved?.ok ? saved.isNew : null,
      dry_run: isDryRun,
      events_checked: knownEvents !== undefined,
      warnings: checked.warnings.map(toIssue),
    },
  };
}

async function store(
  kind: DefinitionKind,
  input: unknown,
  { database, key }: OperationContext,
  options: { readonly knownEvents?: ReadonlySet<string> },
): Promise<Saved> {
  try {
    return await saveDefinition(database, kind, input, key.id, options);
  } catch (error) {
    if (error instanceof TooManyDefinitions) throw new Problem('too_many_definitions', error.message);
    throw error;
  }
}

/** The path names it; a body that is called otherwise is meant for another path. */
function named(name: string, body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  if ('name' in body && body.name !== name) {
    throw invalidBody([{ code: 'name_mismatch', parameter: 'name', message: "is not the path's name" }]);
  }
  return { ...body, name };
}

const refused = (problems: readonly Finding[]) => invalidBody(problems.map(toIssue));

/** A field's name that a stranger chose is repeated only if it looks like one. */
const toIssue = ({ code, path, message }: Finding): Issue => ({
  code,
  parameter: path.replaceAll(/[^\w.[\]-]+/g, '?').slice(0, 200),
  message,
});
