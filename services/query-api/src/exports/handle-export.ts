import { pipeline } from 'node:stream/promises';
import { SECURITY_HEADERS } from '@fineprint/http-kit';
import { MASKED_DATABASE } from '@fineprint/masking';
import { CheckedCopy } from '@fineprint/parquet';
import type { Response } from 'express';
import { judge } from '../clickhouse/errors.ts';
import type { Warehouse } from '../clickhouse/warehouse.ts';
import { type Call, notAcceptable, pathOf, type QueryPorts, queryOf } from '../http/call.ts';
import { requireDataset, seesPeople } from '../keys/access.ts';
import { readParameters } from '../params/read-parameters.ts';
import { isoOf } from '../params/time-range.ts';
import { Problem } from '../problem/problem.ts';
import { datasetOf } from './datasets.ts';
import { formatOf } from './formats.ts';
import { exportParameters, exportPath } from './parameters.ts';
import {
  chooseColumns,
  countQuestion,
  type ExportChoice,
  type ExportDatabase,
  exportQuestion,
  readColumns,
} from './question.ts';

/** How many rows, and what they hash to, follow the rows: nobody knows before. A client that sees neither has not got all. */
const TRAILERS = 'X-Export-Rows, X-Export-Sha256';

/** Streams a data set. What goes wrong before the first bytes is a problem; later the connection is cut. */
export async function handleExport({ req, res, ports, headers, caller }: Call): Promise<void> {
  const given = readParameters(exportParameters, queryOf(req));
  const path = readParameters(exportPath, pathOf(req));
  requireDataset(caller, path.dataset);
  const database = seesPeople(caller) ? 'fineprint' : MASKED_DATABASE;
  const choice = await choiceOf(given, path.dataset, ports.warehouse, database);
  if (!req.accepts(choice.format.contentType.split(';')[0] ?? '')) throw notAcceptable();
  const expected = given.expect_rows ? await countRows(ports.warehouse, choice) : undefined;
  const answerHeaders = {
    ...SECURITY_HEADERS,
    ...headers,
    'content-type': choice.format.contentType,
    'content-disposition': `attachment; filename="${fileName(choice)}"`,
    ...(expected === undefined ? {} : { 'x-export-expected-rows': String(expected) }),
    // HTTP/1.0 has no trailers.
    ...(req.method === 'HEAD' || req.httpVersion === '1.0' ? {} : { trailer: TRAILERS }),
  };
  if (req.method === 'HEAD') {
    res.writeHead(200, answerHeaders).end();
    return;
  }
  const gone = new AbortController();
  const onGone = () => gone.abort();
  res.once('close', onGone);
  try {
    if (res.destroyed) return;
    await copy(choice, res, ports, gone.signal, answerHeaders);
  } finally {
    res.off('close', onGone);
  }
}

async function copy(
  choice: ExportChoice,
  res: Response,
  ports: QueryPorts,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const source = await ports.exports.open(exportQuestion(choice), choice.format.clickhouse, signal);
  try {
    const checked = new CheckedCopy(choice.format.createCounter());
    const result = pipeline(source.stream, checked, { signal });
    result.catch(() => undefined); // told below, by reading what it passes on
    for await (const chunk of checked as AsyncIterable<Buffer>) {
      if (!res.headersSent) res.writeHead(200, headers);
      if (!res.write(chunk)) await drained(res, signal);
    }
    await result;
    const { rows, bytes, sha256 } = checked.summary();
    if (!res.headersSent) res.writeHead(200, headers);
    res.addTrailers({ 'X-Export-Rows': String(rows), 'X-Export-Sha256': sha256 });
    res.end();
    ports.metrics.exportedRows.inc({ format: choice.format.name }, rows);
    ports.metrics.exportedBytes.inc({ format: choice.format.name }, bytes);
  } catch (error) {
    source.stream.destroy();
    if (signal.aborted) return; // nobody is there to be told
    if (!res.headersSent) throw error instanceof Problem ? error : judge(error);
    ports.metrics.problems.inc({ code: 'export_broken' });
    res.destroy();
  } finally {
    source.done();
  }
}

/** Resolves when the client has taken what was written; rejects when it went away. */
function drained(res: Response, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (done: () => void) => () => {
      res.off('drain', onDrain);
      signal.removeEventListener('abort', onAbort);
      done();
    };
    const onDrain = settle(resolve);
    const onAbort = settle(() => reject(new Error('the client went away')));
    res.on('drain', onDrain);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
}

async function choiceOf(
  given: ReturnType<typeof readParameters<typeof exportParameters>>,
  name: string,
  warehouse: Warehouse,
  database: ExportDatabase,
): Promise<ExportChoice> {
  const dataset = datasetOf(name);
  if (dataset === undefined) throw new Problem('unknown_dataset', 'There is no data set of this name.');
  const { from, to } = given;
  if (from !== undefined && to !== undefined && from >= to) {
    throw new Problem('invalid_range', 'The range is empty.');
  }
  if (given.name !== undefined && dataset.named === null) {
    const message = 'is not known here: rows of this data set have no name';
    const errors = [{ code: 'unknown_parameter', parameter: 'name', message }];
    throw new Problem('unknown_parameter', 'Parameter name.', { errors });
  }
  return {
    dataset,
    format: formatOf(given.format),
    columns: chooseColumns(await readColumns(warehouse, dataset, database), given.columns),
    fromMs: from,
    toMs: to,
    named: given.name,
    limit: given.limit,
    spreadsheetSafe: given.spreadsheet_safe,
    database,
  };
}

async function countRows(warehouse: Warehouse, choice: ExportChoice): Promise<number> {
  const [row] = await warehouse.rows<{ n: number }>(countQuestion(choice));
  return Math.min(row?.n ?? 0, choice.limit ?? Number.POSITIVE_INFINITY);
}

const dayOf = (ms: number) => isoOf(ms).slice(0, 10);

function fileName({ dataset, format, fromMs, toMs }: ExportChoice): string {
  const range = [fromMs, toMs].flatMap((ms) => (ms === undefined ? [] : [dayOf(ms)]));
  return `${[dataset.name, ...range].join('_')}.${format.name}`;
}
