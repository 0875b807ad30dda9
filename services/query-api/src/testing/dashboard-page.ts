import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The dashboard in a browser, and what the browser complained about. */
export interface DashboardPage {
  readonly page: Page;
  readonly complaints: readonly string[];
  /** Opens a page by its address below /dashboard, and waits until nothing is loading; answers how long it took, in ms. */
  open(path: string): Promise<number>;
  /** Scrolls until every panel has been seen and has its answer. */
  scrollThrough(): Promise<void>;
  /** What keeps people from using it: rules of WCAG 2 A and AA, and best practice; or some rules only. */
  axe(...rules: string[]): Promise<string[]>;
  /** What went wrong on the page, in its own words. */
  errors(): Promise<string[]>;
  /** Charts that hold no line. */
  blankCharts(): Promise<number>;
  /** By how many pixels it is wider than the screen. */
  sideways(): Promise<number>;
  /** What Tab reaches that can be used, against all that can. */
  unreachable(): Promise<string[]>;
}

const WAIT_MS = 20_000;
const MAX_TABS = 400;
const MAX_PANELS = 100;

export async function openDashboard(
  browser: Browser,
  url: string,
  key: string,
  look: { readonly width: number; readonly scheme: 'light' | 'dark' },
): Promise<DashboardPage> {
  const context = await browser.newContext({
    viewport: { width: look.width, height: 900 },
    colorScheme: look.scheme,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (m) => {
    if (m.type() === 'error' || m.type() === 'warning') complaints.push(m.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${url}/dashboard/live#key=${key}`);
  // Not by a function in the page: its policy lets nobody run text as code, playwright included.
  const loaded = async (what: string) => {
    const deadlineMs = Date.now() + WAIT_MS;
    while ((await page.locator('.skeleton').count()) > 0) {
      if (Date.now() > deadlineMs) throw new Error(`${what} is still loading`);
      await sleep(25);
    }
  };
  return {
    page,
    complaints,
    async open(path) {
      const startedMs = performance.now();
      await page.goto(`${url}/dashboard/${path}`);
      await page.waitForSelector('main#content h2', { timeout: WAIT_MS });
      await loaded(path);
      return Math.round(performance.now() - startedMs);
    },
    async scrollThrough() {
      for (let left = MAX_PANELS; left > 0 && (await page.locator('.later').count()) > 0; left--) {
        await page.locator('.later').first().scrollIntoViewIfNeeded();
        await sleep(50);
        await loaded('what was scrolled to');
      }
      await page.evaluate('scrollTo(0, 0)');
    },
    async axe(...rules) {
      const runOnly = rules.length === 0 ? '' : `, runOnly: ${JSON.stringify(rules)}`;
      await page.evaluate(AXE);
      const found =
        await page.evaluate(`axe.run(document, { resultTypes: ['violations']${runOnly} }).then((r) =>
        r.violations.map((v) => v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join(' | ')))`);
      return found as string[];
    },
    errors: () => page.locator('main .error').allTextContents(),
    blankCharts: () =>
      page.evaluate(`[...document.querySelectorAll('.plot canvas')].filter((canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size < 4;
      }).length`) as Promise<number>,
    sideways: () => page.evaluate('document.documentElement.scrollWidth - innerWidth') as Promise<number>,
    async unreachable() {
      await page.evaluate(`document.activeElement?.blur?.();
        window.usable = [...document.querySelectorAll('a[href], button:not([disabled]), select:not([disabled]), input, summary')]
          .filter((e) => e.checkVisibility({ visibilityProperty: true }));
        window.reached = new Set();`);
      for (let i = 0; i < MAX_TABS; i++) {
        await page.keyboard.press('Tab');
        const isRound = await page.evaluate(`(() => {
          const e = document.activeElement;
          if (e === document.body || reached.has(e)) return reached.size > 1 && e !== document.body;
          reached.add(e);
          return false;
        })()`);
        if (isRound) break;
      }
      return page.evaluate(
        'usable.filter((e) => e.isConnected && !reached.has(e)).map((e) => e.outerHTML.slice(0, 120))',
      ) as Promise<string[]>;
    },
  };
}
