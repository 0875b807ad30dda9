import { createAnalytics } from './client.ts';

/** For a plain script: the one name that it adds to a page. */
Object.assign(globalThis, { fineprint: { createAnalytics } });
