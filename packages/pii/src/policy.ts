import { PiiError } from './errors.ts';
import { PII_TYPES, type PiiType } from './types.ts';

export const PII_ACTIONS = ['redact', 'mask', 'pseudonym', 'drop', 'allow'] as const;
/** What happens to a finding; `drop` removes the whole field that holds it. */
export type PiiAction = (typeof PII_ACTIONS)[number];

/** Overrides for fields whose dotted path matches: `*` is one name, `**` any number of them. */
export interface FieldRule {
  readonly path: string;
  /** For everything found at or below the path. */
  readonly action?: PiiAction;
  /** Treats the whole field as this type, whatever its name and value look like. */
  readonly treatAs?: PiiType;
}

export interface PiiPolicy {
  readonly defaultAction: PiiAction;
  readonly types: Readonly<Partial<Record<PiiType, PiiAction>>>;
  /** The first rule that matches a path wins. */
  readonly fields: readonly FieldRule[];
  /** Findings less sure than this are left alone (0 … 1). */
  readonly minConfidence: number;
}

/** Everything is redacted; postal codes stay, as cities and countries do. */
export const defaultPolicy: PiiPolicy = {
  defaultAction: 'redact',
  types: { POSTAL_CODE: 'allow' },
  fields: [],
  minConfidence: 0.5,
};

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAction(value: unknown): value is PiiAction {
  return (PII_ACTIONS as readonly unknown[]).includes(value);
}

function isType(value: unknown): value is PiiType {
  return (PII_TYPES as readonly unknown[]).includes(value);
}

const PATH = /^(?:\*\*|\*|[^.*\s]+)(?:\.(?:\*\*|\*|[^.*\s]+))*$/;

function parseTypes(value: unknown, problems: string[]): Partial<Record<PiiType, PiiAction>> {
  const types: Partial<Record<PiiType, PiiAction>> = {};
  if (!isRecord(value)) {
    problems.push('types: must be an object of type → action');
    return types;
  }
  for (const [type, action] of Object.entries(value)) {
    if (!isType(type)) problems.push(`types.${type}: unknown type; known: ${PII_TYPES.join(', ')}`);
    else if (!isAction(action)) problems.push(`types.${type}: must be one of ${PII_ACTIONS.join(', ')}`);
    else types[type] = action;
  }
  return types;
}

function parseRule(value: unknown, at: string, problems: string[]): FieldRule | undefined {
  if (!isRecord(value)) {
    problems.push(`${at}: must be an object with path and action or treatAs`);
    return undefined;
  }
  const { path, action, treatAs, ...rest } = value;
  const before = problems.length;
  if (typeof path !== 'string' || !PATH.test(path))
    problems.push(`${at}.path: must be a dotted path such as context.*.note or **.email`);
  if (action !== undefined && !isAction(action))
    problems.push(`${at}.action: must be one of ${PII_ACTIONS.join(', ')}`);
  if (treatAs !== undefined && !isType(treatAs))
    problems.push(`${at}.treatAs: must be one of ${PII_TYPES.join(', ')}`);
  if (action === undefined && treatAs === undefined) problems.push(`${at}: needs action or treatAs`);
  for (const key of Object.keys(rest)) problems.push(`${at}.${key}: unknown setting`);
  if (problems.length > before || typeof path !== 'string') return undefined;
  return {
    path,
    ...(isAction(action) ? { action } : {}),
    ...(isType(treatAs) ? { treatAs } : {}),
  };
}

function parseFields(value: unknown, problems: string[]): FieldRule[] {
  if (!Array.isArray(value)) {
    problems.push('fields: must be a list of rules');
    return [];
  }
  const rules: FieldRule[] = [];
  value.forEach((item: unknown, index) => {
    const rule = parseRule(item, `fields[${index}]`, problems);
    if (rule !== undefined) rules.push(rule);
  });
  return rules;
}

/** A policy from configuration; missing settings are the default's. Throws one error naming every problem. */
export function parsePolicy(input: unknown): PiiPolicy {
  const problems: string[] = [];
  if (!isRecord(input))
    throw new PiiError('PII_POLICY_INVALID', 'The PII policy must be an object.', [
      'policy: must be an object',
    ]);
  const { defaultAction, types, fields, minConfidence, ...rest } = input;
  if (defaultAction !== undefined && !isAction(defaultAction))
    problems.push(`defaultAction: must be one of ${PII_ACTIONS.join(', ')}`);
  const confidenceOk = typeof minConfidence === 'number' && minConfidence >= 0 && minConfidence <= 1;
  if (minConfidence !== undefined && !confidenceOk)
    problems.push('minConfidence: must be a number from 0 to 1');
  for (const key of Object.keys(rest)) problems.push(`${key}: unknown setting`);
  const policy: PiiPolicy = {
    defaultAction: isAction(defaultAction) ? defaultAction : defaultPolicy.defaultAction,
    types:
      types === undefined ? defaultPolicy.types : { ...defaultPolicy.types, ...parseTypes(types, problems) },
    fields: fields === undefined ? defaultPolicy.fields : parseFields(fields, problems),
    minConfidence: confidenceOk ? minConfidence : defaultPolicy.minConfidence,
  };
  if (problems.length > 0) {
    throw new PiiError(
      'PII_POLICY_INVALID',
      `The PII policy has ${problems.length} problem(s): ${problems.join('; ')}`,
      problems,
    );
  }
  return policy;
}

/** Whether the policy can ask for pseudonyms at all, and so needs a key. */
export function usesPseudonyms(policy: PiiPolicy): boolean {
  if (policy.defaultAction === 'pseudonym') return true;
  if (Object.values(policy.types).includes('pseudonym')) return true;
  return policy.fields.some((rule) => rule.action === 'pseudonym');
}
