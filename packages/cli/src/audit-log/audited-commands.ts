import path from 'node:path';
import type { Command } from 'commander';

/** What a command is about to be done to; null where it only looks, or only shows what it would do. */
type ObjectOf = (args: readonly unknown[], options: Readonly<Record<string, unknown>>) => string | null;

const first: ObjectOf = ([name]) => String(name);
/** Folders may be named after people. */
const files: ObjectOf = ([names]) =>
  [names]
    .flat()
    .map((name) => path.basename(String(name)))
    .join(' ');
const none: ObjectOf = () => '';

/** Topics about nobody. A test holds them against what their records' fields are declared to tell. */
export const topicsAboutNobody: readonly string[] = [
  'ai.metrics',
  'ai.drift',
  'quality.results',
  'alerts',
  'alerts.deliveries',
  'audit.anchors',
  'sinks.deliveries',
  'pipeline.ledger',
  'pipeline.notes',
];

const MAX_TABLES = 10;
/** The tables that a query names; of what it asks of them, which may be somebody's id, nothing. */
function tablesIn(query: string): string {
  const named = [...query.matchAll(/\b(?:from|join)\s+((?:[a-z_]+\.)?[a-z_]+)/gi)].map(
    ([, table = '']) => table,
  );
  return [...new Set(named)].slice(0, MAX_TABLES).join(' ');
}

const SHADOW_ACTS = ['shadow', 'promote', 'discard', 'discardBackup'] as const;

/**
 * Commands that look at personal data, or change something in the stores themselves, where no service sees who it is. What goes
 * through an API is in the audit log by its route.
 */
const AUDITED: Readonly<Record<string, ObjectOf>> = {
  'keys create': first,
  'keys list': none,
  'keys revoke': first,
  'funnels apply': files,
  'funnels remove': first,
  'cohorts apply': files,
  'cohorts remove': first,
  'segments apply': files,
  'segments remove': first,
  'alerts apply': files,
  'alerts remove': first,
  'alerts secret': first,
  'alerts silence': none,
  'alerts unsilence': first,
  'prices import': files,
  'drift baseline set': first,
  'drift baseline clear': first,
  'jobs run': first,
  'metrics run': none,
  'reports run': none,
  'quality run': none,
  'dlq show': first,
  'dlq replay': (_args, { stage, id }) => String(id ?? stage ?? 'all'),
  replay: (_args, options) => {
    const act = SHADOW_ACTS.find((name) => options[name] !== undefined);
    if (act === undefined) return null;
    return act === 'shadow' ? `shadow ${String(options['stage'])}` : `${act} ${String(options[act])}`;
  },
  // A restore writes itself down, with what it restores.
  backup: none,
  // Who sees people masked sees nobody.
  sql: ([query], { user }) => (user === 'masked' ? null : `${String(user)}: ${tablesIn(String(query))}`),
  tail: ([topic]) => (topicsAboutNobody.includes(String(topic)) ? null : String(topic)),
  'privacy export': none,
  'privacy erase': none,
  'privacy receipt': first,
  'privacy requests': none,
  'privacy resolve': none,
  'audit-log list': none,
  'audit-log verify': none,
};

/** The name of a command with those above it, without the program's. */
export function nameOf(command: Command): string {
  const names: string[] = [];
  for (let at: Command | null = command; at?.parent; at = at.parent) names.unshift(at.name());
  return names.join(' ');
}

export interface CommandAct {
  readonly action: string;
  readonly object: string | null;
}

/** What has to be written down of a command before it runs; null where nothing has. */
export function actOf(command: Command): CommandAct | null {
  const name = nameOf(command);
  const options = command.opts<Record<string, unknown>>();
  const object =
    options['dryRun'] === true ? null : (AUDITED[name]?.(command.processedArgs, options) ?? null);
  return object === null ? null : { action: `cli ${name}`, object: object === '' ? null : object };
}

export const auditedCommands: readonly string[] = Object.keys(AUDITED);
