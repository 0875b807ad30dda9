import { randomUUID } from 'node:crypto';
import { findChromium, startBrowser } from '@fineprint/sdk-browser/testing';
import { useTestStack } from '@fineprint/stack/testing';
import { connectKafka } from '@fineprint/stream-runtime';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiKey } from '../keys/api-keys.ts';
import { type DashboardPage, openDashboard } from '../testing/dashboard-page.ts';
import { type RealApi, startRealApi } from '../testing/real-api.ts';

const chromium = findChromium();
if (chromium === undefined)
  console.warn('No Chromium: the dashboard is not tested. Install one, or name it in FINEPRINT_CHROMIUM.');

/** Names of this run: other tests share the stack. */
const RUN = `dash-${randomUUID().slice(0, 8)}`;
const SOON = { timeout: 20_000 };

let api: RealApi;
let browser: Browser;
let key: string;
let desk: DashboardPage;

const chTime = (ms: number) => new Date(ms).toISOString().slice(0, 23).replace('T', ' ');

/** What stages would have written down: a reason that nobody else has, twice. */
async function storeBooks(): Promise<void> {
  const nowMs = Date.now();
  const at = { written_at: chTime(nowMs), received_at: chTime(nowMs) };
  const place = { _partition: 900_000 + Math.floor(Math.random() * 90_000), _source_offset: -1 };
  await api.clickhouse.insert({
    table: 'fineprint.pipeline_ledger',
    format: 'JSONEachRow',
    values: [
      {
        entry_id: randomUUID(),
        stage: 'person-builder',
        instance: RUN,
        sequence: 0,
        role: 'account',
        topic: 'subject.behaviour',
        partition: 900,
        first_offset: 0,
        next_offset: 12,
        records: 12,
        ids_murmur3: 0,
        ids_xxh32: 0,
        line_kinds: ['emitted', 'dead_lettered'],
        line_targets: ['funnel.progress', RUN],
        line_records: [5, 7],
        line_ids_murmur3: [0, 0],
        line_ids_xxh32: [0, 0],
        first_time: chTime(nowMs),
        last_time: chTime(nowMs),
        ...at,
        ...place,
        _offset: 0,
      },
    ],
  });
  await api.clickhouse.insert({
    table: 'fineprint.event_notes',
    format: 'JSONEachRow',
    values: Array.from({ length: 3 }, (_, i) => ({
      event_id: randomUUID(),
      stage: 'person-builder',
      kind: 'dead_lettered',
      reason: RUN,
      topic: 'subject.behaviour',
      partition: 900,
      offset: i,
      types: [],
      paths: ['user_id'],
      noted_at: chTime(nowMs),
      received_at: chTime(nowMs),
      ...place,
      _offset: i,
    })),
  });
}

async function removeBooks(): Promise<void> {
  const clickhouse_settings = { mutations_sync: '1' } as const;
  for (const [table, where] of [
    ['pipeline_ledger', `instance = '${RUN}'`],
    ['event_notes', `reason = '${RUN}'`],
  ])
    await api.clickhouse.command({
      query: `ALTER TABLE fineprint.${table} DELETE WHERE ${where}`,
      clickhouse_settings,
    });
}

const get = async (path: string) => (await api.ask('GET', `/api/v1/${path}`)).body as Record<string, never>;
const texts = (selector: string) => desk.page.locator(selector).allTextContents();

describe.skipIf(chromium === undefined)('the dashboard in Chromium', () => {
  beforeAll(async () => {
    const { endpoints } = useTestStack();
    const kafka = connectKafka(
      { brokers: endpoints.kafkaBrokers.split(','), clientId: RUN },
      () => undefined,
    );
    const admin = await kafka.admin();
    await admin.applyTopology({ replicationFactor: 1, rawRetentionHours: 72 });
    await admin.close();
    api = await startRealApi();
    await storeBooks();
    key = (await createApiKey(api.pool, { name: RUN, role: 'admin' })).key;
    browser = await startBrowser(chromium ?? '');
    desk = await openDashboard(browser, api.url, key, { width: 1_440, scheme: 'light' });
  });
  afterAll(async () => {
    await browser?.close();
    if (api !== undefined) await removeBooks();
    await api?.close();
  });

  it('draws every stage that is in use, with what the API says of it', async () => {
    await desk.open('live?zone=UTC');
    const live = (await get('pipeline/live')) as unknown as {
      stages: { stage: string; state: string }[];
      problems: object[];
    };
    const used = live.stages.filter((s) => s.state !== 'not_in_use').map((s) => s.stage);
    expect((await texts('.dag .stage .name')).sort()).toEqual(used.sort());
    expect(live.problems.length).toBeGreaterThan(0); // what this test refused, and stages that nobody started
    expect((await texts('.problems b')).join()).toContain('person-builder refused');
  });

  it('shows what was refused, and leads from the reason to the letters and to what to do', async () => {
    await desk.open('live');
    await desk.page.getByRole('link', { name: /Dead letters\s*: person-builder refused/ }).click();
    await desk.page.waitForURL(/dead-letters\?stage=person-builder/);
    // Of the reasons with their counts; the letters below name theirs, too, and may be there first.
    const count = desk.page.getByRole('cell', { name: '7', exact: true });
    const row = desk.page.locator('tr', { hasText: RUN, has: count }).first();
    await row.waitFor();
    await row.getByRole('button').click();
    await desk.page
      .locator('code', { hasText: `dlq replay --stage person-builder --reason ${RUN}` })
      .first()
      .waitFor();
    await expect.poll(() => desk.page.locator('tbody tr button.plain').count(), SOON).toBe(3);
    const address = desk.page.url();
    await desk.page.reload();
    await expect.poll(() => desk.page.locator('tbody tr button.plain').count(), SOON).toBe(3);
    expect(desk.page.url()).toBe(address);
  });

  it('asks for a key, refuses one that is none, and forgets it when told to', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${api.url}/dashboard`);
    await page.getByLabel('API key').fill('fpa_wrong');
    await page.keyboard.press('Enter');
    await page.getByText('This key is not valid').waitFor();
    await page.getByLabel('API key').fill(key);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'What is wrong' }).waitFor();
    expect(await page.evaluate('localStorage.length + document.cookie.length')).toBe(0);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('API key').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    await context.close();
  });
});
