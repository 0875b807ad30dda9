import type { Passport } from '@fineprint/query-api/passport';
import { expect, it } from 'vitest';
import { renderPassport } from './render-passport.ts';

const event_id = '01890a5d-ac96-774b-bcce-b302099a8057';
const NOW = Date.parse('2026-02-05T00:00:00Z');
const raw = { topic: 'product.events.raw', partition: 2, offset: 17, kept_until: '2026-02-03T12:00:00.000Z' };
const clean = {
  topic: 'product.events.clean',
  partition: 2,
  offset: 11,
  kept_until: '2026-02-07T12:00:00.000Z',
};
const hop: Omit<Passport['hops'][number], 'stage' | 'outcome'> = {
  ...{ at: '2026-01-31T12:00:00.250Z', at_is: 'exact', record: null, result: null, row: null, reason: null },
  ...{
    dead_letter_id: null,
    paths: [],
    changes: [],
    first: null,
    window: null,
    delivery: null,
    ledger: null,
  },
};
const passport = (change: Partial<Passport>): Passport => ({
  ...{ event_id, status: 'stored', hops: [], open: [], left_out: 0 },
  ...change,
});

it('is a timeline: what, who, from where to where, and who says so', () => {
  const ledger = {
    ...{ entry_id: event_id, instance: 'host/1', first_offset: 0, next_offset: 30 },
    written_at: '2026-01-31T12:00:01.000Z',
  };
  const hops: Passport['hops'] = [
    { ...hop, stage: 'ingest-gateway', outcome: 'received', result: raw },
    {
      ...{ ...hop, stage: 'pii-scrubber', outcome: 'scrubbed', record: raw, result: clean, ledger },
      changes: [{ type: 'EMAIL', path: 'properties.note' }],
    },
    {
      ...{ ...hop, stage: 'warehouse-loader', outcome: 'stored', record: clean, at_is: 'latest' },
      row: { store: 'clickhouse', table: 'product_events', partition: 2, offset: 11 },
    },
    {
      ...hop,
      stage: 'pii-scrubber',
      outcome: 'duplicate',
      at: null,
      reason: 'duplicate_event_id',
      first: raw,
    },
  ];
  const open: Passport['open'] = [
    { stage: 'funnel-builder', record: clean, code: 'not_yet', message: 'Not yet at funnel-builder.' },
  ];
  expect(
    renderPassport(passport({ status: 'on_its_way', hops, open, left_out: 3 }), NOW),
  ).toMatchInlineSnapshot(`
    "01890a5d-ac96-774b-bcce-b302099a8057 is on its way

      ●   2026-01-31T12:00:00.250Z  received      ingest-gateway   product.events.raw/2@17 (expired)
      ●   2026-01-31T12:00:00.250Z  scrubbed      pii-scrubber     product.events.raw/2@17 (expired) → product.events.clean/2@11
      │   took out EMAIL at properties.note
      │   host/1, ledger [0, 30)
      ● ≤ 2026-01-31T12:00:00.250Z  stored        warehouse-loader product.events.clean/2@11 → clickhouse: product_events 2@11
      ●                             duplicate     pii-scrubber
      │   duplicate_event_id
      │   the first one is product.events.raw/2@17 (expired)
      ○ Not yet at funnel-builder. (product.events.clean/2@11)
      and 3 repeats that are not shown
    "
  `);
});

it('of a refused event says why and in which dead letter it lies', () => {
  const hops: Passport['hops'] = [
    {
      ...{ ...hop, stage: 'pii-scrubber', outcome: 'dead_lettered', reason: 'invalid_json', record: raw },
      ...{ paths: ['$.properties'], dead_letter_id: event_id },
      result: { topic: 'dead-letter.pii-scrubber', partition: 2, offset: null, kept_until: null },
    },
  ];
  expect(renderPassport(passport({ status: 'dead_lettered', hops }), NOW)).toMatchInlineSnapshot(`
    "01890a5d-ac96-774b-bcce-b302099a8057 is in the dead letter

      ●   2026-01-31T12:00:00.250Z  dead lettered pii-scrubber     product.events.raw/2@17 (expired) → dead-letter.pii-scrubber/2
      │   invalid_json at $.properties
      │   dead letter 01890a5d-ac96-774b-bcce-b302099a8057
    "
  `);
});
