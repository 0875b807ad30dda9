export { type Cable, startCable } from './cable.ts';
export { findChromium } from './find-chromium.ts';
export { KEPT } from './kept.ts';
export { type Site, startSite } from './site.ts';
export { createProfile, killBrowser, startBrowser } from './start-browser.ts';
