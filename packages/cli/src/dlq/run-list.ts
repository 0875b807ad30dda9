import type { ListOptions } from '../commands/dlq.ts';
import { count } from '../format.ts';
import { printJson, printText } from '../output.ts';
import { withPostgres } from '../with-postgres.ts';
import { type Case, type ReplayMark, toCases } from './cases.ts';
import { byTime, isWaiting, matches } from './filter.ts';
import { gatewayLinks } from './gateway-way.ts';
import type { Letter } from './letter.ts';
import { readLetters } from './read-letters.ts';
import { caseJson, countCases, renderCases, renderCounts } from './render-letters.ts';
import { readMarks } from './replay-log.ts';
import { type DlqSession, filterOf, openDlq } from './session.ts';

/** `dlq list`: what waits, or with --all what was replayed too. */
export async function listLetters(options: ListOptions): Promise<void> {
  const filter = filterOf(options);
  const session = await openDlq(filter);
  const cases = await readCases(session);
  const matching = cases.filter((c) => matches(c, filter)).sort(byTime);
  const shown = options.all ? matching : matching.filter(isWaiting);
  if (options.count) {
    const counts = countCases(shown);
    return options.json ? printJson(counts) : printText(renderCounts(counts));
  }
  const page = shown.slice(0, options.limit);
  if (options.json) return printJson(page.map(caseJson));
  await printText(renderCases(page));
  process.stderr.write(footer(page.length, shown.length, matching.length));
}

function footer(page: number, shown: number, matching: number): string {
  const hidden = shown - page;
  return [
    `${count(shown)} dead letters`,
    ...(hidden > 0 ? [`the ${count(page)} newest are shown (--limit)`] : []),
    ...(matching > shown ? [`${count(matching - shown)} that were replayed are left out (--all)`] : []),
  ]
    .join('; ')
    .concat('.\n');
}

/** Every case that Kafka still holds, with its state. Without Postgres the letters are shown, and that is said. */
export async function readCases(session: DlqSession): Promise<Case[]> {
  const letters = await readLetters(session.kafka, session.registry, session.read);
  return toCases(letters, await marksOf(session, letters), gatewayLinks(letters));
}

async function marksOf(
  { stack }: DlqSession,
  letters: readonly Letter[],
): Promise<ReadonlyMap<string, ReplayMark>> {
  const ids = letters.map((l) => l.id);
  try {
    return await withPostgres(stack.endpoints.databaseUrl, (database) => readMarks(database, ids));
  } catch {
    process.stderr.write('Postgres does not answer: which letters were replayed before is not known.\n');
    return new Map();
  }
}
