import { parse as parseYaml } from 'yaml';
import { type ColumnKind, kindOf } from './datasets.ts';
import { columnsOf, disabledSchema, type Rule, ruleSchema } from './rule.ts';

/** What is wrong at which place of a file of rules. */
export interface RuleProblem {
  readonly place: string;
  readonly message: string;
}

export interface RuleFile {
  readonly rules: readonly Rule[];
  /** Names of rules that the file takes away from those before it. */
  readonly disabled: readonly string[];
}

export type ParsedRules =
  | { readonly ok: true; readonly file: RuleFile }
  | { readonly ok: false; readonly problems: readonly RuleProblem[] };

export const MAX_RULES = 500;
const MAX_CHARS = 1_000_000;
/** More than a file of rules can need; each alias is a copy. */
const MAX_ALIASES = 50;

/** Reads a file of rules: YAML, or JSON, which is YAML too. */
export function parseRules(text: string): ParsedRules {
  if (text.length > MAX_CHARS) return refused('', `holds more than ${MAX_CHARS} characters`);
  let content: unknown;
  try {
    content = parseYaml(text, { maxAliasCount: MAX_ALIASES });
  } catch (error) {
    return refused('', `is no YAML: ${error instanceof Error ? error.message.split('\n')[0] : ''}`);
  }
  const entries = (content as { rules?: unknown } | null)?.rules;
  if (!Array.isArray(entries)) return refused('rules', 'is no list');
  const others = Object.keys(content as object).filter((key) => key !== 'rules');
  if (others.length > 0) return refused(others[0] ?? '', 'is not known here; a file has `rules`');
  if (entries.length > MAX_RULES) return refused('rules', `has more than ${MAX_RULES} entries`);
  return parseEntries(entries);
}

const refused = (place: string, message: string): ParsedRules => ({
  ok: false,
  problems: [{ place, message }],
});

function parseEntries(entries: readonly unknown[]): ParsedRules {
  const rules: Rule[] = [];
  const disabled: string[] = [];
  const problems: RuleProblem[] = [];
  for (const [i, entry] of entries.entries()) {
    const place = `rules[${i}]`;
    const off = disabledSchema.safeParse(entry);
    if (off.success) {
      disabled.push(off.data.name);
      continue;
    }
    const parsed = ruleSchema.safeParse(entry);
    if (parsed.success) {
      rules.push(parsed.data);
      problems.push(...columnProblems(parsed.data).map((p) => ({ ...p, place: `${place}.${p.place}` })));
    } else {
      problems.push(
        ...parsed.error.issues.map((issue) => ({
          place: [place, ...issue.path.map(String)].join('.'),
          message: issue.message,
        })),
      );
    }
  }
  const names = [...rules.map((r) => r.name), ...disabled];
  for (const name of new Set(names.filter((n, i) => names.indexOf(n) !== i)))
    problems.push({ place: 'rules', message: `${name} is there twice` });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, file: { rules, disabled } };
}

function columnProblems(rule: Rule): RuleProblem[] {
  const problems: RuleProblem[] = columnsOf(rule)
    .filter(([, column]) => kindOf(rule.dataset, column) === undefined)
    .map(([place]) => ({ place, message: `is no column of ${rule.dataset} that rules may name` }));
  if (problems.length > 0) return problems;
  for (const column of Object.keys(rule.only ?? {}))
    if (!['text', 'flag'].includes(kindOf(rule.dataset, column) ?? ''))
      problems.push({ place: `only.${column}`, message: 'is no column of texts or flags' });
  if (rule.type === 'validity') {
    const wanted = checkedKind(rule.check);
    if (kindOf(rule.dataset, rule.column) !== wanted)
      problems.push({ place: 'check', message: `is for a column of kind ${wanted}` });
  }
  if (rule.type === 'timeliness' && 'of' in rule.expect && rule.expect.of === rule.dataset)
    problems.push({ place: 'expect.of', message: 'is the dataset itself' });
  return problems;
}

function checkedKind(check: Extract<Rule, { type: 'validity' }>['check']): ColumnKind {
  if ('oneOf' in check || 'pattern' in check || 'json' in check || 'maxLength' in check) return 'text';
  return 'maxMinutesAfterReceived' in check ? 'time' : 'number';
}

/** The rules of one file after those of another: one of the same name replaces it. */
export function mergeRules(first: readonly Rule[], { rules, disabled }: RuleFile): readonly Rule[] {
  const gone = new Set([...disabled, ...rules.map((r) => r.name)]);
  return [...first.filter((r) => !gone.has(r.name)), ...rules];
}
