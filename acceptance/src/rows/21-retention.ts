import { type MissionContext, type MissionRow, same } from '../mission/row.ts';

const ROWS = 50;
const WITHIN_MS = 60_000;
const DAY_MS = 86_400_000;
const ASKED_AT_ONCE = 3;

interface Shown {
  readonly datasets: readonly { readonly name: string; readonly limit: string; readonly is_held: boolean }[];
  readonly topics: readonly { readonly name: string; readonly limit: string | null }[];
}

interface Part {
  readonly dataset: string;
  readonly day: string;
  readonly rows: number;
  readonly deleted_at: string | null;
}

async function fineprint<T>({ command }: MissionContext, ...args: string[]): Promise<T> {
  const { code, out, err } = await command(...args, '--json');
  if (code !== 0) throw new Error(`fineprint ${args.join(' ')}: ${err}`);
  return JSON.parse(out) as T;
}

/** Rows of a day long ago that nobody else has, as if they had come then. */
async function plant({ asOwner, run }: MissionContext): Promise<string> {
  const day = new Date(Date.UTC(1980, 0) + Math.floor(Math.random() * 7_000) * DAY_MS)
    .toISOString()
    .slice(0, 10);
  await asOwner(
    `INSERT INTO fineprint.product_events (event_id, kind, event_name, event_time, received_at, user_id, source, _topic, _offset, _source_offset)
     SELECT generateUUIDv4(), 'track', {run:String}, now64(3), toDateTime64({day:String} || ' 12:00:00', 3, 'UTC'), 'user-1', 'mission',
       {run:String}, number, number FROM numbers(${ROWS})`,
    { run, day },
  );
  return day;
}

/** Asked for by several at once: whoever comes in time is refused or served, and the day goes once. */
async function removeOnce(context: MissionContext, day: string): Promise<Part[]> {
  const asked = Array.from({ length: ASKED_AT_ONCE }, () =>
    context.command('jobs', 'run', 'data-retention', '--json'),
  );
  for (const { code, out, err } of await Promise.all(asked))
    if (code !== 0 && !err.includes('JOB_REQUESTED')) throw new Error(`data-retention: ${out}${err}`);
  return context.eventually(WITHIN_MS, async () => {
    const { parts } = await fineprint<{ parts: Part[] }>(
      context,
      'archive',
      'list',
      '--dataset',
      'product_events',
    );
    const ofDay = parts.filter((p) => p.day === day);
    same(
      `files of ${day}`,
      ofDay.map((p) => [p.rows, p.deleted_at !== null]),
      [[ROWS, true]],
    );
    return parts;
  });
}

export const retention: MissionRow = {
  row: 21,
  name: 'Retention and archiving',
  async check(context) {
    const day = await plant(context);
    const shown = await fineprint<Shown>(context, 'retention', 'show');
    same(
      'data sets on hold',
      shown.datasets.filter((d) => d.is_held),
      [],
    );
    const limitOf = (name: string) => shown.topics.find((t) => t.name === name)?.limit;
    const parts = await removeOnce(context, day);
    const [left] = await context.sql<{ n: number }>(
      'SELECT toInt32(count()) AS n FROM fineprint.product_events WHERE _topic = {run:String}',
      { run: context.run },
    );
    same('rows left', left?.n, 0);
    const verified = await fineprint<{ verified: number; damaged: number }>(context, 'archive', 'verify');
    same('damaged files', verified.damaged, 0);
    const unknown = await context.command('archive', 'list', '--dataset', 'none');
    same('a data set that is not there', unknown.code, 2);
    const kept = shown.datasets.find((d) => d.name === 'product_events')?.limit;
    return `${shown.datasets.length} data sets (events ${kept}) and ${shown.topics.length} topics (raw ${limitOf('product.events.raw')}, clean ${limitOf('product.events.clean')}) with limits; ${ROWS} rows of ${day}, asked for ${ASKED_AT_ONCE} times at once, archived in one Parquet file and removed once; ${verified.verified} files read again and as written (${parts.length} of product_events)`;
  },
};
