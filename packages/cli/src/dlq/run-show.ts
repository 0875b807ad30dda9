import type { DeadLetter } from '@fineprint/schemas';
import { createRecordDecoder } from '@fineprint/stream-runtime';
import type { ShowOptions } from '../commands/dlq.ts';
import { CliError } from '../errors.ts';
import { printJson, printText } from '../output.ts';
import type { Case } from './cases.ts';
import { byTime, matches } from './filter.ts';
import { placeKey } from './letter.ts';
import { eachLetter } from './read-letters.ts';
import { bytesJson, renderBytes, renderCase } from './render-letter.ts';
import { caseJson } from './render-letters.ts';
import { readCases } from './run-list.ts';
import { type DlqSession, openDlq } from './session.ts';

/** `dlq show`: everything about one record's letters but values; those only with --bytes. */
export async function showLetter(id: string, options: ShowOptions): Promise<void> {
  const session = await openDlq({});
  const found = (await readCases(session)).filter((c) => matches(c, { id })).sort(byTime);
  if (found.length === 0)
    throw new CliError(
      'DEAD_LETTER_UNKNOWN',
      `There is no dead letter with this id, and none of an event with it: ${id}.`,
      'It may have expired (RAW_RETENTION_HOURS). See: npm run -s fineprint -- dlq list --all',
    );
  if (options.bytes)
    process.stderr.write(
      'The original bytes may hold personal data: do not copy them further than you must.\n',
    );
  const bytes = options.bytes ? await bytesOf(session, found) : new Map<string, DeadLetter>();
  if (options.json) {
    return printJson(
      found.map((c) => {
        const original = bytes.get(placeKey(c.letter.at));
        return { ...caseJson(c), ...(original === undefined ? {} : { original: bytesJson(original) }) };
      }),
    );
  }
  for (const c of found) {
    await printText(renderCase(c));
    const original = bytes.get(placeKey(c.letter.at));
    if (original !== undefined) await printText(renderBytes(original));
  }
}

async function bytesOf(session: DlqSession, cases: readonly Case[]): Promise<Map<string, DeadLetter>> {
  const wanted = new Set(cases.map((c) => placeKey(c.letter.at)));
  const decoder = createRecordDecoder(session.registry, Date.now);
  const found = new Map<string, DeadLetter>();
  await eachLetter(session.kafka, decoder, session.read, async (letters) => {
    for (const { record, at } of letters) if (wanted.has(placeKey(at))) found.set(placeKey(at), record);
  });
  return found;
}
