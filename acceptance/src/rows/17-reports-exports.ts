import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type MissionContext, type MissionRow, same } from '../mission/row.ts';

const EVENTS = 400;
const STORED_WITHIN_MS = 60_000;
const MONTH = '2024-03';

async function fineprint<T>(context: MissionContext, ...args: string[]): Promise<T> {
  const { code, out, err } = await context.command(...args, '--json');
  if (code !== 0) throw new Error(`fineprint ${args.join(' ')}: ${err}`);
  return JSON.parse(out) as T;
}

/** Amounts of two decimals, in hundredths, so that sums are exact. */
async function sendEvents(context: MissionContext, name: string): Promise<number> {
  const events = Array.from({ length: EVENTS }, (_, i) => ({
    event_id: randomUUID(),
    kind: 'conversion',
    conversion_type: name,
    conversion_value: (i * 7) / 100,
    user_id: i % 2 === 0 ? `${name}-${i}` : `=${name}-${i}`,
    properties: { text: 'a\nb,"c"' },
  }));
  same('POST events', (await context.post('/api/v1/product/events/batch', events)).status, 202);
  await context.eventually(STORED_WITHIN_MS, async () => {
    const [row] = await context.sql<{ n: string }>(
      'SELECT count() AS n FROM fineprint.conversions WHERE conversion_type = {name:String}',
      { name },
    );
    same('stored', Number(row?.n), EVENTS);
  });
  return events.reduce((sum, { conversion_value: value }) => sum + Math.round(value * 100), 0);
}

interface Manifest {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

async function checkExports(context: MissionContext, folder: string, name: string): Promise<number> {
  const hundredths = await sendEvents(context, name);
  let bytes = 0;
  for (const format of ['csv', 'jsonl', 'parquet'] as const) {
    const file = path.join(folder, `conversions.${format}`);
    const manifest = await fineprint<Manifest>(
      context,
      ...['export', 'conversions', '--format', format, '--name', name, '--out', file],
    );
    const content = await readFile(file);
    const sha256 = createHash('sha256').update(content).digest('hex');
    same(
      `${format}: rows, bytes, checksum`,
      [manifest.rows, manifest.bytes, manifest.sha256],
      [EVENTS, content.length, sha256],
    );
    same(`${format}: manifest`, JSON.parse(await readFile(`${file}.manifest.json`, 'utf8')).sha256, sha256);
    bytes += content.length;
    const text = content.toString('utf8');
    if (format === 'jsonl') {
      const rows = text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { conversion_value: number });
      const sum = rows.reduce((total, row) => total + Math.round(row.conversion_value * 100), 0);
      same('sum of the JSON lines', sum, hundredths);
    }
    if (format === 'csv') {
      same(
        'texts that a spreadsheet would run',
        text.match(new RegExp(`"'=${name}-`, 'g'))?.length,
        EVENTS / 2,
      );
      same('formulas', text.includes(`"=${name}`), false);
    }
    if (format === 'parquet') same('Parquet', [text.slice(0, 4), text.slice(-4)], ['PAR1', 'PAR1']);
  }
  const { status, body } = await context.get('/api/v1/exports/system.users');
  same('another table', [status, (body as { code: string }).code], [404, 'unknown_dataset']);
  return bytes;
}

async function checkReport(context: MissionContext): Promise<string> {
  const { id } = await fineprint<{ id: string }>(
    context,
    ...['reports', 'run', '--kind', 'monthly', '--of', `${MONTH}-15`],
  );
  same('the report', id, `monthly-${MONTH}-01`);
  const all = await fineprint<{ id: string }[]>(context, 'reports', 'list', '--kind', 'monthly');
  same('reports of the month', all.filter((r) => r.id === id).length, 1);
  const html = (await fineprint<{ text: string }>(context, 'reports', 'show', id)).text;
  same('what the page would load or run', /<script|<link|<img|src=|url\(|https?:/.test(html), false);
  same('charts without a name', /<svg(?! role="img" aria-labelledby)/.test(html), false);
  const csv = (await fineprint<{ text: string }>(context, 'reports', 'show', id, '--format', 'csv')).text;
  const figures = await context.sql<{ currency: string; mrr: string }>(
    `SELECT currency, toString(argMax(mrr_end, period_start)) AS mrr FROM fineprint.business_revenue
      WHERE granularity = 'day' AND currency != '' AND period_start >= '${MONTH}-01' AND period_start < toDateTime('${MONTH}-01') + toIntervalMonth(1)
      GROUP BY currency ORDER BY argMax(mrr_end, period_start) DESC, currency LIMIT 4`,
  );
  for (const { currency, mrr } of figures) {
    const section = currency === 'XXX' ? 'no currency' : currency;
    const line = csv.split('\n').find((l) => l.startsWith(`Revenue in ${section},figures,MRR,value,`));
    same(`MRR in ${section}`, Number(line?.split(',')[4]), Number(mrr));
  }
  const [growth] = await context.sql<{ n: string }>(
    `SELECT sum(signups) AS n FROM fineprint.business_growth
      WHERE granularity = 'day' AND period_start >= '${MONTH}-01' AND period_start < toDateTime('${MONTH}-01') + toIntervalMonth(1)`,
  );
  same('sign-ups', csv.split('\n').includes(`Growth,figures,Sign-ups,value,${Number(growth?.n)}`), true);
  return `${id} (${Math.round(html.length / 1_024)} KiB) with MRR in ${figures.length} currencies`;
}

export const reportsExports: MissionRow = {
  row: 17,
  name: 'Reports and exports',
  async check(context) {
    const folder = await mkdtemp(path.join(tmpdir(), 'fineprint-mission-'));
    try {
      const bytes = await checkExports(context, folder, `${context.run}-r17`);
      const report = await checkReport(context);
      return `${EVENTS} events as CSV, JSON lines and Parquet (${bytes} bytes), each with its rows and checksum, sums as sent, no formula for a spreadsheet; ${report} as the tables have them, loading and running nothing, also as CSV`;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
