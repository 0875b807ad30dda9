import { askVendor } from './ask-vendor.ts';
import type { PrivacyPorts } from './ports.ts';

interface Row {
  readonly request_id: string;
  readonly destination: string;
  readonly task: string;
}

/** Looks after deletions that destinations were asked for: how many are finished since. */
export async function followDestinations(ports: PrivacyPorts, signal: AbortSignal): Promise<number> {
  const { rows } = await ports.pool.query<Row>(
    `SELECT request_id, destination, task FROM fineprint.privacy_vendor_deletions
     WHERE status = 'asked' ORDER BY checked_at NULLS FIRST LIMIT 100`,
  );
  let finished = 0;
  for (const row of rows) {
    const status = await look(ports, row, signal);
    if (status !== 'asked') finished++;
    await ports.pool.query(
      `UPDATE fineprint.privacy_vendor_deletions SET status = $3, checked_at = clock_timestamp()
       WHERE request_id = $1 AND destination = $2 AND status = 'asked'`,
      [row.request_id, row.destination, status],
    );
  }
  return finished;
}

async function look(
  { targets }: PrivacyPorts,
  { destination, task }: Row,
  signal: AbortSignal,
): Promise<'asked' | 'done' | 'failed'> {
  const target = targets.find(({ name }) => name === destination);
  if (target === undefined || target.secret === null) return 'asked';
  const { api, key, secret, baseUrl } = target;
  const states = [];
  for (const one of JSON.parse(task) as string[])
    states.push(api.looked(await askVendor(baseUrl, api.look(one, { key, secret }), signal), one).is);
  if (states.includes('failed')) return 'failed';
  return states.every((is) => is === 'done') ? 'done' : 'asked';
}
