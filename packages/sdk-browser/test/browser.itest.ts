import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type GatewayProcess, startGatewayProcess } from '@fineprint/ingest-gateway/testing';
import { createWriteKey } from '@fineprint/ingest-gateway/write-keys';
import { migratePostgres } from '@fineprint/migrations';
import { useTestStack } from '@fineprint/stack/testing';
import {
  connectKafka,
  connectRegistry,
  createRecordDecoder,
  type KafkaConnection,
} from '@fineprint/stream-runtime';
import type { RecordOf } from '@fineprint/topology';
import { Pool } from 'pg';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type Cable,
  createProfile,
  findChromium,
  KEPT,
  killBrowser,
  type Site,
  startBrowser,
  startCable,
  startSite,
} from '../testing/index.ts';

const SOURCE = `sdk-browser-${randomUUID().slice(0, 8)}`;
const startedMs = Date.now() - 60_000;
const chromium = findChromium();
if (chromium === undefined)
  console.warn('No Chromium: the browser SDK is not tested. Install one, or name it in FINEPRINT_CHROMIUM.');

let kafka: KafkaConnection;
let gateway: GatewayProcess;
let cable: Cable;
let site: Site;
let browser: Browser;
let context: BrowserContext;
let key: string;
/** Requests to the gateway of the current test. */
let requests: string[];

/** The README's first text, with this run's address, key, and place of the SDK. */
function quickStart(): string {
  const readme = readFileSync(path.join(import.meta.dirname, '..', 'README.md'), 'utf8');
  const [, text = ''] = /```js\n(.*?)```/s.exec(readme) ?? [];
  return text
    .replace('@fineprint/sdk-browser', '/fineprint.esm.js')
    .replace('https://events.example.com', cable.url)
    .replace(/fpk_\w+/, key);
}

const SOON = { timeout: 60_000, interval: 50 };

describe.skipIf(chromium === undefined)('in Chromium', () => {
  beforeAll(async () => {
    const { endpoints, env } = useTestStack();
    kafka = connectKafka({ brokers: endpoints.kafkaBrokers.split(','), clientId: SOURCE }, () => undefined);
    const admin = await kafka.admin();
    await admin.applyTopology({ replicationFactor: 1, rawRetentionHours: 72 });
    await admin.close();
    await migratePostgres(endpoints.databaseUrl);
    gateway = await startGatewayProcess(env);
    cable = await startCable(gateway.url);
    browser = await startBrowser(chromium ?? '');
    site = await startSite(() => ({ gatewayUrl: cable.url, writeKey: key }), quickStart);
    const pool = new Pool({ connectionString: endpoints.databaseUrl, max: 1 });
    key = (await createWriteKey(pool, { source: SOURCE, allowedOrigins: [site.origin] })).key;
    await pool.end();
    await vi.waitFor(async () => expect((await gateway.ready()).status).toBe(200), SOON);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    await cable?.close();
    await gateway?.stop();
  });
  beforeEach(async () => {
    cable.plug();
    context = await browser.newContext();
    requests = [];
    context.on('request', (request) => {
      if (request.url().startsWith(cable.url)) requests.push(request.method());
    });
  });
  afterEach(() => context.close());

  const open = async (options: object = {}): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(site.pageUrl({ lingerMs: 50, ...options }));
    return page;
  };
  const run = (page: Page, script: string) => page.evaluate(`(async () => { ${script} })()`);
  const track = (page: Page, name: string, from: number, to: number) =>
    run(page, `for (let i = ${from}; i < ${to}; i++) analytics.trackEvent('${name} ' + i, { i });`);
  const stat = (page: Page, name: string) => page.evaluate(`analytics.stats().${name}`);
  const settles = (page: Page) => vi.waitFor(async () => expect(await stat(page, 'queued')).toBe(0), SOON);
  const kept = (page: Page) => page.evaluate(KEPT) as Promise<number>;
  const storage = async (page: Page) => ({
    local: await page.evaluate('Object.keys(localStorage).length + Object.keys(sessionStorage).length'),
    databases: await page.evaluate('indexedDB.databases().then((all) => all.length)'),
    cookies: (await context.cookies()).length,
  });
  const NOTHING = { local: 0, databases: 0, cookies: 0 };
  const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix} ${i}`);

  /** A broker that has just started may still be loading its groups. */
  const arrived = (prefix: string) => vi.waitFor(() => readArrived(prefix), SOON);

  /** This run's events of a name as they lie in the raw topic, repeats included. */
  const readArrived = async (prefix: string) =>
    (await readTopic('product.events.raw'))
      .map((record) => ({
        id: record.event_id,
        name: record.event_name,
        record: { ...record } as Record<string, unknown>,
      }))
      .filter(({ name }) => name.startsWith(prefix));

  /** What this run's people decided, in order. */
  const decisions = async () =>
    (await readTopic('consent.updates'))
      .toSorted((a, b) => a.event_time - b.event_time)
      .map(({ anonymous_id, categories, policy_version, jurisdiction }) => ({
        ...{ anonymous_id, categories, policy_version, jurisdiction },
      }));

  async function readTopic<T extends 'product.events.raw' | 'consent.updates'>(
    topic: T,
  ): Promise<RecordOf<T>[]> {
    const decoder = createRecordDecoder(
      connectRegistry(useTestStack().endpoints.schemaRegistryUrl),
      Date.now,
    );
    const found: RecordOf<T>[] = [];
    await kafka.readRange({
      topics: [topic],
      sinceMs: startedMs,
      onRecords: async (_topic, _partition, records) => {
        await decoder.prepare(records.map((r) => r.value));
        for (const { value } of records) {
          const decoded = decoder.decode(topic, value);
          if (decoded.ok && decoded.record.source === SOURCE) found.push(decoded.record);
        }
      },
    });
    return found;
  }

  describe('consent', () => {
    it('comes before anything is kept or sent, and its withdrawal takes everything back', async () => {
      const page = await open();
      await track(page, 'gate', 0, 5);
      await run(page, `analytics.identify('user_1'); await new Promise((r) => setTimeout(r, 300));`);
      expect([requests, await storage(page), await stat(page, 'blocked')]).toEqual([[], NOTHING, 6]);

      await run(page, 'analytics.setConsent(true);');
      await track(page, 'gate', 5, 8);
      await settles(page);
      const other = await open();
      await track(other, 'gate', 8, 9);
      await settles(other);

      cable.unplug();
      await track(page, 'gate', 20, 30);
      await track(other, 'gate', 30, 40);
      await vi.waitFor(async () => expect(await kept(page)).toBe(20), SOON);
      await run(page, 'analytics.setConsent(false);');
      await vi.waitFor(async () => expect(await stat(other, 'queued')).toBe(0), SOON);
      await track(other, 'gate', 40, 50);
      cable.plug();
      await vi.waitFor(async () => expect(await storage(page)).toEqual(NOTHING), SOON);
      await page.reload();
      await track(page, 'gate', 50, 60);
      await run(page, 'await new Promise((r) => setTimeout(r, 300));');
      expect([await storage(page), await storage(other)]).toEqual([NOTHING, NOTHING]);
      expect((await arrived('gate')).map((e) => e.name).sort()).toEqual([
        'gate 5',
        'gate 6',
        'gate 7',
        'gate 8',
      ]);
    });

    it.each(['globalPrivacyControl', 'doNotTrack'])('does not outweigh %s', async (signal) => {
      const value = signal === 'doNotTrack' ? "'1'" : 'true';
      await context.addInitScript(
        `Object.defineProperty(Navigator.prototype, '${signal}', { get: () => ${value} })`,
      );
      const page = await open({ consent: 'granted', holdUntilConsent: true });
      await track(page, 'signal', 0, 5);
      await run(page, 'analytics.setConsent(true); await new Promise((r) => setTimeout(r, 200));');
      expect([requests, await storage(page), await stat(page, 'blocked')]).toEqual([[], NOTHING, 5]);
    });
  });

  describe('the banner', () => {
    it('asks once, lets everything be done by keyboard, records what was said, and lets it be taken back', async () => {
      const page = await context.newPage();
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      await page.goto(site.bannerUrl);
      const dialog = page.getByRole('region', { name: /May we learn/ });
      await dialog.waitFor();
      const buttons = await dialog.getByRole('button').all();
      const looks = await Promise.all(
        buttons.map((b) =>
          b.evaluate(
            '(node) => ["backgroundColor", "color", "fontSize", "fontWeight", "height"].map((name) => getComputedStyle(node)[name]).join()',
          ),
        ),
      );
      expect([buttons.length, new Set(looks).size]).toEqual([3, 1]);
      expect(await dialog.getByRole('checkbox', { checked: true }).count()).toBe(0);
      expect([requests, await storage(page)]).toEqual([[], NOTHING]);

      // The first stops: the policy, three boxes, then «Reject all», «Save choice», «Accept all».
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Space');
      for (let i = 0; i < 4; i++) await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await dialog.waitFor({ state: 'detached' });
      await track(page, 'banner', 0, 2);
      await settles(page);
      expect((await arrived('banner')).length).toBe(2);
      await page.reload();
      await track(page, 'banner', 2, 3);
      await settles(page);
      expect(await dialog.count()).toBe(0);

      await page.getByRole('button', { name: 'Privacy settings' }).click();
      await dialog.getByRole('button', { name: 'Reject all' }).click();
      await vi.waitFor(async () => expect((await storage(page)).local).toBe(1), SOON);
      await page.reload();
      await track(page, 'banner', 3, 4);
      expect([await dialog.count(), await stat(page, 'blocked')]).toEqual([0, 1]);
      const [first] = await arrived('banner');
      const common = {
        ...{ anonymous_id: first?.record['anonymous_id'], policy_version: '1', jurisdiction: 'GDPR' },
      };
      await vi.waitFor(async () => {
        const own = (await decisions()).filter((d) => d.anonymous_id === common.anonymous_id);
        expect(own).toEqual([
          { ...common, categories: { analytics: true, marketing: false, ai: false } },
          { ...common, categories: { analytics: false, marketing: false, ai: false } },
        ]);
      }, SOON);
      expect([errors, await page.evaluate('violations')]).toEqual([[], []]);
    });

    it('does not ask whom the browser answers for', async () => {
      await context.addInitScript(
        "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })",
      );
      const page = await context.newPage();
      await page.goto(site.bannerUrl);
      await run(page, 'banner.open();');
      expect([await page.getByRole('region').count(), requests, await storage(page)]).toEqual([
        0,
        [],
        NOTHING,
      ]);
    });
  });

  it('offline, reload, online: nothing is lost, nothing is sent twice', async () => {
    const page = await open({ consent: 'granted' });
    await track(page, 'reload', 0, 10);
    await settles(page);
    cable.unplug();
    await context.setOffline(true);
    await track(page, 'reload', 10, 70);
    await vi.waitFor(async () => expect(await kept(page)).toBe(60), SOON);
    await context.setOffline(false);
    await page.reload();
    await track(page, 'reload', 70, 80);
    await vi.waitFor(async () => expect(await kept(page)).toBe(70), SOON);
    cable.plug();
    await run(page, "dispatchEvent(new Event('online'));");
    await settles(page);
    const events = await arrived('reload');
    expect(events.map((e) => e.name)).toEqual(names('reload', 80));
    expect(new Set(events.map((e) => e.id)).size).toBe(80);
    expect(await kept(page)).toBe(0);
  });

  it('three tabs at once: each event is sent once, by one visitor in one session', async () => {
    const tabs = await Promise.all([1, 2, 3].map(() => open({ consent: 'granted' })));
    cable.unplug();
    await Promise.all(tabs.map((tab, i) => track(tab, 'tabs', i * 40, i * 40 + 40)));
    await vi.waitFor(async () => expect(await kept(tabs[0] as Page)).toBe(120), SOON);
    const [first] = tabs;
    // A fourth finds what is theirs, and leaves it to them; the first is gone, and is answered for.
    await first?.close();
    tabs[0] = await open({ consent: 'granted' });
    cable.plug();
    for (const tab of tabs) await run(tab, "dispatchEvent(new Event('online'));");
    for (const tab of tabs) await settles(tab);
    // A tab's own queue says nothing of what the closed one left behind.
    await vi.waitFor(async () => expect(await kept(tabs[0] as Page)).toBe(0), SOON);
    const events = await arrived('tabs');
    expect(events.map((e) => e.name).sort()).toEqual(names('tabs', 120).sort());
    for (const field of ['anonymous_id', 'session_id'])
      expect(new Set(events.map((e) => e.record[field])).size).toBe(1);
  });

  it('a tab that is closed, left or crashes in mid-send loses nothing and makes no second id', async () => {
    const left = await open({ consent: 'granted', lingerMs: 60_000 });
    await track(left, 'left', 0, 5);
    await left.goto(site.plainUrl);
    // No page has the SDK now: the request itself outlived its page.
    await vi.waitFor(async () => expect(await arrived('left')).toHaveLength(5), SOON);

    const closed = await open();
    await track(closed, 'closed', 0, 120);
    await closed.close();
    const crashed = await open();
    // What the closed tab left behind has gone, so that what is kept from here on is the next one's.
    await vi.waitFor(async () => expect(await kept(crashed)).toBe(0), SOON);
    cable.unplug();
    await track(crashed, 'crashed', 0, 30);
    await vi.waitFor(async () => expect(await kept(left)).toBe(30), SOON);
    const session = await context.newCDPSession(crashed);
    session.send('Page.crash').catch(() => undefined);
    await crashed.waitForEvent('crash');
    cable.plug();
    const next = await open();
    await vi.waitFor(async () => expect(await kept(next)).toBe(0), SOON);
    for (const [name, count] of [
      ['left', 5],
      ['closed', 120],
      ['crashed', 30],
    ] as const) {
      const events = await arrived(name);
      const ids = new Map(events.map((e) => [e.id, e.name]));
      expect([...ids.values()].sort()).toEqual(names(name, count).sort());
    }
  });

  it('a browser that is killed has all that was kept, and the next one sends it', async () => {
    const profile = createProfile(chromium ?? '');
    try {
      const first = await profile.open();
      const page = await first.newPage();
      cable.unplug();
      await page.goto(site.pageUrl({ consent: 'granted' }));
      await track(page, 'killed', 0, 30);
      await vi.waitFor(async () => expect(await kept(page)).toBe(30), SOON);
      await killBrowser(first);
      cable.plug();
      const second = await profile.open();
      const next = await second.newPage();
      await next.goto(site.pageUrl({ consent: 'granted' }));
      await vi.waitFor(async () => expect(await kept(next)).toBe(0), SOON);
      await second.close();
      expect((await arrived('killed')).map((e) => e.name)).toEqual(names('killed', 30));
    } finally {
      profile.remove();
    }
  });

  it('the README’s first text runs as it stands', async () => {
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(site.moduleUrl);
    await vi.waitFor(async () => {
      const names = [...(await arrived('Feature Used')), ...(await arrived('conversion'))].map((e) => e.name);
      expect(names).toEqual(['Feature Used', 'conversion']);
    }, SOON);
    const [conversion] = await arrived('conversion');
    expect(conversion?.record).toMatchObject({
      ...{ conversion_type: 'subscription', conversion_value: 29.99, user_id: 'user_42' },
      properties: '{"plan":"professional"}',
    });
    expect(errors).toEqual([]);
  });

  it('throws nothing into the page, whatever it is given, and breaks no policy', async () => {
    const page = await open({ consent: 'granted', pageViews: 'auto' });
    const views = async () =>
      (await arrived('page_view')).filter((e) => e.record['page_url'] !== site.moduleUrl);
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await run(
      page,
      `const cycle = {}; cycle.self = cycle;
       analytics.trackPageView(); analytics.trackEvent('x', cycle); analytics.trackEvent('x', { n: 1n });
       analytics.trackEvent('x', { text: 'x'.repeat(30000) }); analytics.trackConversion(); analytics.trackFeedback();
       analytics.trackEvent(''); history.pushState({}, '', '/second'); history.pushState({}, '', '/second');`,
    );
    await vi.waitFor(async () => expect(await views()).toHaveLength(2), SOON);
    await settles(page);
    expect(errors).toEqual([]);
    expect(await page.evaluate('violations')).toEqual([]);
    expect(new Set((await page.evaluate('told')) as string[])).toEqual(
      new Set(['invalid_options', 'not_serializable', 'event_too_large', 'events_refused']),
    );
    const [first, second] = await views();
    expect([first?.record['page_title'], second?.record['page_title']]).toEqual(['Documents', 'Documents']);
    expect(second?.record['page_url']).toBe(`${site.origin}/second`);
  });
});
