import { Readable } from 'node:stream';
import { type Info, parse } from 'csv-parse';
import { CliError } from '../errors.ts';
import { createEventIds } from './event-id.ts';
import { mapRow } from './map-row.ts';
import type { Mapping } from './mapping.ts';
import { subjectOf } from './read-jsonl.ts';
import type { ReadLine } from './send-item.ts';

const MAX_ROW_BYTES = 1 << 20;
const ROWS_PER_YIELD = 256;
const CELL_SEPARATOR = '\u001f';

/** The first line of a CSV text as column names. */
export async function readHeader(firstLine: string): Promise<string[]> {
  for await (const row of Readable.from([firstLine]).pipe(parse({ bom: true, relax_quotes: true })))
    return (row as string[]).map((name) => name.trim());
  return [];
}

/** Rows → events by a mapping. Rows that do not fit are told with their line, and the others go on. */
export async function* readCsv(
  chunks: AsyncIterable<Buffer>,
  mapping: Mapping,
): AsyncGenerator<ReadLine[], void, undefined> {
  const skipped: ReadLine[] = [];
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: MAX_ROW_BYTES,
  });
  parser.on('skip', (error: { lines?: number } | undefined) => {
    const line = error?.lines ?? 0;
    skipped.push({ bad: { line, code: 'malformed_csv', message: 'the row is not valid CSV' } });
  });
  const source = Readable.from(decoded(chunks));
  source.once('error', (error) => parser.destroy(error));
  const rows = source.pipe(parser) as AsyncIterable<{ record: string[]; info: Info }>;

  let toLine: ((cells: readonly string[], line: number) => ReadLine) | undefined;
  let ready: ReadLine[] = [];
  for await (const { record, info } of rows) {
    if (toLine === undefined) {
      toLine = createRowReader(
        record.map((name) => name.trim()),
        mapping,
      );
      continue;
    }
    ready.push(...skipped.splice(0), toLine(record, info.lines));
    if (ready.length < ROWS_PER_YIELD) continue;
    yield ready;
    ready = [];
  }
  yield [...ready, ...skipped];
}

/** A row → its event. The id comes from the cells in the mapping's order, so a file with its columns moved is the same file. */
export function createRowReader(
  header: readonly string[],
  mapping: Mapping,
): (cells: readonly string[], line: number) => ReadLine {
  const idOf = createEventIds(mapping.name);
  return (row, line) => {
    if (row.length !== header.length) {
      const message = `the row has ${row.length} cells, the header ${header.length}`;
      return { bad: { line, code: 'wrong_cell_count', message } };
    }
    const cells = new Map(header.map((name, i) => [name, row[i] ?? '']));
    const mapped = mapRow(mapping, cells);
    if (!mapped.ok) return { bad: { line, code: mapped.code, message: mapped.message } };
    const content = mapping.columns.map((column) => cells.get(column)).join(CELL_SEPARATOR);
    const event = { event_id: idOf(content), ...mapped.event };
    return { item: { line, api: mapping.api, json: JSON.stringify(event), subject: subjectOf(event) } };
  };
}

async function* decoded(chunks: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    for await (const chunk of chunks) yield utf8.decode(chunk, { stream: true });
    yield utf8.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new CliError(
      'FILE_UNREADABLE',
      'The file is not UTF-8.',
      'Convert it first, e.g. iconv -t UTF-8.',
      {
        cause: error,
      },
    );
  }
}
