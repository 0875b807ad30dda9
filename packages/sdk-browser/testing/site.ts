import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bundleBrowserSdk } from '../bundle.ts';

export interface Site {
  readonly origin: string;
  /** A page with the SDK, made with these options beside the address and the key. */
  pageUrl(options?: object): string;
  /** That page, which asks for consent with the banner. */
  readonly bannerUrl: string;
  /** A page without it. */
  readonly plainUrl: string;
  /** A page that runs the module given at the start. */
  readonly moduleUrl: string;
  close(): Promise<void>;
}

/** As an application would: its own script makes the client. Options come in the address, so that a test can choose them. */
const APP = `
window.told = [];
window.violations = [];
document.addEventListener('securitypolicyviolation', (e) => violations.push(e.violatedDirective));
const options = JSON.parse(new URLSearchParams(location.search).get('options'));
window.analytics = fineprint.createAnalytics({ ...options, onError: (code) => { told.push(code); throw new Error('of the page'); } });
`;

const ASK = `
window.banner = fineprint.createConsentBanner(analytics, { policyUrl: '/plain', policyVersion: '1' });
document.querySelector('#settings').addEventListener('click', () => banner.open());
`;

const BODIES: Readonly<Record<string, string>> = {
  '/banner':
    '<main><button id="settings">Privacy settings</button></main><script src="/fineprint.js"></script><script src="/banner-sdk.js"></script><script src="/app.js"></script><script src="/ask.js"></script>',
  '/app': '<script src="/fineprint.js"></script><script src="/app.js"></script>',
  '/module': '<script type="module" src="/module.js"></script>',
};

/** A web site under a strict Content-Security-Policy: its own scripts, requests to the gateway, nothing else. */
export async function startSite(
  gateway: () => { gatewayUrl: string; writeKey: string },
  moduleText: () => string = () => '',
): Promise<Site> {
  const [iife, esm] = [await bundleBrowserSdk('iife'), await bundleBrowserSdk('esm')];
  const banner = await bundleBrowserSdk('iife', 'banner');
  const scripts: Readonly<Record<string, () => string>> = {
    '/fineprint.js': () => iife,
    '/fineprint.esm.js': () => esm,
    '/app.js': () => APP,
    '/banner-sdk.js': () => banner,
    '/ask.js': () => ASK,
    '/module.js': moduleText,
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site');
    const script = scripts[pathname];
    if (script !== undefined) {
      response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8' }).end(script());
      return;
    }
    const policy = `default-src 'none'; script-src 'self'; connect-src ${gateway().gatewayUrl}`;
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
    });
    const sdk = BODIES[pathname] ?? '';
    response.end(`<!doctype html><html lang="en"><title>Documents</title>${sdk}<p>A page</p></html>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const inAddress = (options: object) => encodeURIComponent(JSON.stringify({ ...gateway(), ...options }));
  return {
    origin,
    pageUrl: (options = {}) => `${origin}/app?options=${inAddress(options)}`,
    get bannerUrl() {
      return `${origin}/banner?options=${inAddress({ lingerMs: 50, policyVersion: '1', jurisdiction: 'GDPR' })}`;
    },
    plainUrl: `${origin}/plain`,
    moduleUrl: `${origin}/module`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
