import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, type BrowserContext, chromium } from 'playwright-core';

const ARGS = [
  // Tests run as root in containers, too.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A real Chromium; each context of it is a profile of its own, in memory. */
export function startBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, headless: true, args: ARGS });
}

/** A profile on disk, which outlives the browser that uses it. */
export interface Profile {
  open(): Promise<BrowserContext>;
  remove(): void;
}

export function createProfile(executablePath: string): Profile {
  const directory = mkdtempSync(path.join(tmpdir(), 'fineprint-chromium-'));
  return {
    open: () => chromium.launchPersistentContext(directory, { executablePath, headless: true, args: ARGS }),
    remove: () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Ends a context's whole browser as a crash would. */
export async function killBrowser(context: BrowserContext): Promise<void> {
  const session = await context.browser()?.newBrowserCDPSession();
  const found = await session?.send('SystemInfo.getProcessInfo');
  const pid = found?.processInfo.find((p) => p.type === 'browser')?.id;
  if (pid === undefined) throw new Error('the browser does not tell its process');
  const gone = new Promise((resolve) => context.once('close', resolve));
  process.kill(pid, 'SIGKILL');
  await gone;
}
