import { type MissionContext, same } from '../mission/row.ts';

const EVENTS = 60;
const VISIBLE_WITHIN_MS = 30_000;

/** A page under a key for its origin: silent before consent, then offline, reloaded, and online again. */
export async function tellByBrowser(context: MissionContext): Promise<string> {
  // Loaded here only: nothing else of the mission needs a bundler and a browser's driver.
  const { KEPT, findChromium, startBrowser, startCable, startSite } = await import(
    '@fineprint/sdk-browser/testing'
  );
  const chromium = findChromium();
  if (chromium === undefined)
    return 'Browser: not tried, no Chromium is installed here (FINEPRINT_CHROMIUM names one)';
  const { run, gateway, sql, eventually, command } = context;
  const cable = await startCable(gateway.url);
  let writeKey = '';
  const site = await startSite(() => ({ gatewayUrl: cable.url, writeKey }));
  const source = `${run}-web`;
  const made = await command('keys', 'create', source, '--origin', site.origin, '--json');
  same('keys create', made.code, 0);
  const key = JSON.parse(made.out) as { id: string; key: string };
  writeKey = key.key;
  const browser = await startBrowser(chromium);
  try {
    const page = await browser.newPage();
    let requests = 0;
    page.context().on('request', (request) => {
      if (request.url().startsWith(cable.url)) requests++;
    });
    const track = (from: number, to: number) =>
      page.evaluate(`for (let i = ${from}; i < ${to}; i++) analytics.trackEvent('sdk-browser', { i })`);
    const stat = (name: string) => page.evaluate(`analytics.stats().${name}`);
    await page.goto(site.pageUrl({ lingerMs: 50 }));
    await track(-10, 0);
    same('blocked before consent', await stat('blocked'), 10);
    const kept = await page.evaluate('indexedDB.databases().then((all) => all.length + localStorage.length)');
    same('requests and entries in storage before consent', [requests, kept], [0, 0]);

    await page.evaluate('analytics.setConsent(true)');
    await track(0, 20);
    await eventually(VISIBLE_WITHIN_MS, async () => same('delivered', await stat('delivered'), 20));
    cable.unplug();
    await track(20, EVENTS);
    await eventually(VISIBLE_WITHIN_MS, async () => same('kept', await page.evaluate(KEPT), EVENTS - 20));
    await page.reload();
    await eventually(VISIBLE_WITHIN_MS, async () =>
      same('waiting after a reload', await stat('queued'), EVENTS - 20),
    );
    cable.plug();
    await page.evaluate("dispatchEvent(new Event('online'))");
    await eventually(VISIBLE_WITHIN_MS, async () => same('waiting', await stat('queued'), 0));
    await eventually(VISIBLE_WITHIN_MS, async () => {
      const [found] = await sql(
        `SELECT toInt32(count()) AS rows, toInt32(uniqExact(event_id)) AS ids, toInt32(uniqExact(JSONExtractInt(properties, 'i'))) AS events
         FROM fineprint.product_events WHERE source = {source:String} AND event_name = 'sdk-browser'`,
        { source },
      );
      same('in ClickHouse', found, { rows: EVENTS, ids: EVENTS, events: EVENTS });
    });
    return `Browser (${browser.version()}): nothing stored or sent before consent; ${EVENTS} events over offline, reload and online, once each in ClickHouse`;
  } finally {
    await browser.close();
    await site.close();
    await cable.close();
    await command('keys', 'revoke', key.id);
  }
}
