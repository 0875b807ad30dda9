import { createConsentBanner } from './banner.ts';

/** For a plain script: joins what the SDK's adds to a page. */
const page = globalThis as { fineprint?: object };
page.fineprint = { ...page.fineprint, createConsentBanner };
