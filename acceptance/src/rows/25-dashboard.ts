import { type MissionContext, type MissionRow, RowSkipped, same } from '../mission/row.ts';
import { type Shown, sendWhatIsShown } from './dashboard-data.ts';

const [DESK, PHONE] = [1_440, 390];
const VISIBLE_WITHIN_MS = 30_000;
const MAX_LATEST = 30;
/** What depends on colours and on the width; the rest is the same as on a desk. */
const ON_PHONE = ['color-contrast', 'scrollable-region-focusable', 'target-size', 'meta-viewport'];

type Look = Awaited<ReturnType<typeof import('@fineprint/query-api/testing/dashboard')['openDashboard']>>;

/** A page, what its address chooses, and how what was sent stands on it. */
interface Trial {
  readonly name: string;
  readonly filters?: Readonly<Record<string, string>>;
  readonly find?: (desk: Look) => Promise<void>;
}

const find = ({ page }: Look, text: string) =>
  page.getByText(text).first().waitFor({ timeout: VISIBLE_WITHIN_MS });

/** The passport of an event, by keyboard alone. */
async function openPassport({ page }: Look): Promise<void> {
  await page.locator('button.row').first().focus();
  await page.keyboard.press('Enter');
  await page.locator('dialog[open] .badge').first().waitFor({ timeout: VISIBLE_WITHIN_MS });
  await page.keyboard.press('Escape');
  await page.locator('dialog[open]').waitFor({ state: 'detached', timeout: VISIBLE_WITHIN_MS });
}

/** What was taken out, and what is asked for only when somebody looks: requests, and one person's consent. */
async function lookAtPeople(desk: Look): Promise<void> {
  const { page } = desk;
  await find(desk, 'EMAIL');
  await page.getByRole('button', { name: 'Show the latest requests' }).click();
  await page
    .getByText(/Nobody has asked|^The latest \d+ requests$/)
    .first()
    .waitFor({ timeout: VISIBLE_WITHIN_MS, state: 'attached' });
  await page.getByLabel('User id or anonymous id').fill('nobody of the trial');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await find(desk, 'Nothing was said under this id');
}

function trialsOf({ model, versions, requests, events, people, refused }: Shown): Trial[] {
  const [first = ''] = events;
  return [
    {
      name: 'live',
      filters: { name: first },
      async find(desk) {
        const rows = await desk.page.locator('button.row').count();
        same('latest events of a name', rows, Math.min(people, MAX_LATEST));
        await openPassport(desk);
      },
    },
    {
      name: 'ai',
      filters: { model },
      async find(desk) {
        const figure = desk.page.locator('.figure', { hasText: 'Requests' }).locator('.value').first();
        same('requests on the page', await figure.textContent(), String(requests));
        for (const version of versions) await find(desk, `${model} ${version}`);
        same('charts without a line', await desk.blankCharts(), 0);
      },
    },
    {
      name: 'behaviour',
      filters: { from_event: first },
      async find({ page }) {
        const path = page
          .locator('tr', { hasText: events.join(' → ') })
          .locator('td')
          .first();
        same('sessions of a path', await path.textContent(), String(people));
      },
    },
    { name: 'business' },
    { name: 'quality' },
    { name: 'dead-letters', find: (desk) => find(desk, refused) },
    { name: 'privacy', find: lookAtPeople },
    { name: 'operations', find: (desk) => find(desk, 'pii-scrubber') },
  ];
}

/** For everybody, on every screen: by keyboard, by screen reader, light, dark, on a phone. Answers how long it took to open. */
async function tryPage({ name, filters, find }: Trial, desk: Look, phone: Look): Promise<number> {
  const address = `${name}?${new URLSearchParams({ zone: 'UTC', ...filters })}`;
  const tookMs = await desk.open(address);
  await desk.scrollThrough();
  same(`${name}: what went wrong`, await desk.errors(), []);
  await find?.(desk);
  const onDesk = async () => {
    same(`${name}: axe`, await desk.axe(), []);
    same(`${name}: out of reach by keyboard`, await desk.unreachable(), []);
  };
  const onPhone = async () => {
    await phone.open(address);
    await phone.scrollThrough();
    same(`${name}: wider than a phone`, Math.max(0, await phone.sideways()), 0);
    same(`${name}: axe, dark, on a phone`, await phone.axe(...ON_PHONE), []);
  };
  await Promise.all([onDesk(), onPhone()]);
  return tookMs;
}

export const dashboard: MissionRow = {
  row: 25,
  name: 'Dashboard',
  async check(context: MissionContext) {
    // Loaded here only: nothing else of the mission needs a browser's driver.
    const { findChromium, startBrowser } = await import('@fineprint/sdk-browser/testing');
    const { openDashboard } = await import('@fineprint/query-api/testing/dashboard');
    const chromium = findChromium();
    if (chromium === undefined)
      throw new RowSkipped('no Chromium is installed (FINEPRINT_CHROMIUM names one)');
    const { run, command, queryUrl } = context;
    const [browser, shown, key] = await Promise.all([
      startBrowser(chromium),
      sendWhatIsShown(context),
      command('keys', 'create', `${run}-dashboard`, '--role', 'admin', '--json').then((made) => {
        same('keys create', made.code, 0);
        return JSON.parse(made.out) as { id: string; key: string };
      }),
    ]);
    try {
      const look = (width: number, scheme: 'light' | 'dark') =>
        openDashboard(browser, queryUrl, key.key, { width, scheme });
      const [desk, phone] = [await look(DESK, 'light'), await look(PHONE, 'dark')];
      const trials = trialsOf(shown);
      let slowestMs = 0;
      for (const trial of trials) slowestMs = Math.max(slowestMs, await tryPage(trial, desk, phone));
      same('what the browser complained about', [...desk.complaints, ...phone.complaints], []);
      return `${trials.length} pages in Chromium ${browser.version()} on live data: ${shown.requests} AI requests, a path of ${shown.people} people, a refused event and a scrubbed address stand where they belong; axe finds nothing in light, dark and at phone width, all is reached by keyboard; the slowest page was whole after ${slowestMs} ms`;
    } finally {
      await Promise.all([browser.close(), command('keys', 'revoke', key.id)]);
    }
  },
};
