import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import reference from '../../reference/business.json' with { type: 'json' };
import { type MissionContext, same } from '../mission/row.ts';
import { seeded } from '../random.ts';

const FILE = new URL('../../testdata/subscriptions.jsonl.gz', import.meta.url);
const BATCH = 500;

interface Line {
  readonly event_id: string;
  readonly kind: string;
  readonly conversion_type?: string;
  readonly user_id?: string;
  readonly anonymous_id?: string;
  readonly currency?: string;
  readonly event_time: string;
  readonly properties: Readonly<Record<string, string | number>>;
}

/** The history's currencies, under codes of this run's own: figures are by currency, so no other run's are in them. */
export interface Currencies {
  of(currency: string | undefined): string;
}

const KNOWN = ['EUR', 'USD', 'GBP', 'XXX'] as const;

/** Codes that no event has had yet. */
export async function freshCurrencies({ sql, run }: MissionContext): Promise<Currencies> {
  const taken = new Set(
    (
      await sql<{ currency: string }>(
        `SELECT DISTINCT currency FROM fineprint.product_events WHERE currency IS NOT NULL
          UNION DISTINCT SELECT DISTINCT currency FROM fineprint.business_money_events`,
      )
    ).map(({ currency }) => currency),
  );
  const random = seeded(Number.parseInt(createHash('sha256').update(run).digest('hex').slice(0, 8), 16));
  const letter = () => String.fromCharCode(65 + Math.floor(random() * 26));
  const codes = new Map<string, string>();
  for (const known of KNOWN) {
    let code = '';
    for (let i = 0; i < 10_000 && (code === '' || taken.has(code)); i++)
      code = `${letter()}${letter()}${letter()}`;
    taken.add(code);
    codes.set(known, code);
  }
  return { of: (currency) => codes.get(currency ?? 'XXX') ?? '' };
}

/** The events as this run sends them. What is last in an id changes, so that those of one moment stay in their order. */
export function readHistory(run: string, currencies: Currencies): Line[] {
  const salt = createHash('sha256').update(run).digest('hex').slice(0, 12);
  const own = (id: string | undefined) => (id === undefined ? undefined : `${run}-${id}`);
  return gunzipSync(readFileSync(FILE))
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((text) => {
      const line = JSON.parse(text) as Line;
      const currency = line.kind === 'conversion' ? line.currency : line.properties['currency'];
      const code = currencies.of(currency === undefined ? undefined : String(currency));
      return {
        ...line,
        event_id: `${line.event_id.slice(0, 24)}${salt}`,
        user_id: own(line.user_id),
        anonymous_id: own(line.anonymous_id),
        ...(line.kind === 'conversion' ? { currency: code } : {}),
        properties: line.kind === 'track' ? { ...line.properties, currency: code } : line.properties,
      } as Line;
    });
}

/** Sends them as producers do, shuffled, a fifth of them twice. */
export async function sendHistory(
  { post }: MissionContext,
  events: readonly Line[],
  seed: number,
): Promise<void> {
  const random = seeded(seed);
  const sent = [...events, ...events.filter(() => random() < 0.2)]
    .map((event) => ({ event, at: random() }))
    .sort((a, b) => a.at - b.at);
  for (let from = 0; from < sent.length; from += BATCH) {
    const batch = sent.slice(from, from + BATCH).map(({ event }) => event);
    same('POST events/batch', (await post('/api/v1/product/events/batch', batch)).status, 202);
  }
}

/** Rows of the reference as objects; amounts in millionths, currencies as this run sent them. */
export function expectedRows(which: 'revenue' | 'plans', currencies: Currencies): Record<string, string>[] {
  const names = reference[`${which}Columns`].split(' ');
  return reference[which].map((line) => {
    const values = line.split(' ');
    const row = Object.fromEntries(names.map((name, i) => [name, values[i] ?? '']));
    return { ...row, currency: currencies.of(row['currency']) };
  });
}
