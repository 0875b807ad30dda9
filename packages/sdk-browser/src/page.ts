import {
  type ConsentChoice,
  createCalls,
  createIds,
  type Draft,
  mayTrack,
  type Outcome,
  toQueuedEvent,
} from '@fineprint/sdk-core';
import { createIdentity } from './identity.ts';
import { createKeeper } from './keeper.ts';
import { listen } from './listeners.ts';
import type { BrowserOptions } from './options.ts';
import { watchAddress } from './page-views.ts';
import { privacySignals } from './privacy-signals.ts';
import { createSender } from './send.ts';

/** A page's events, and the gate before them. */
export interface Page {
  readonly size: () => number;
  /** False: it was not recorded, for want of consent. */
  record(draft: Draft): boolean;
  setConsent(choice: ConsentChoice): void;
  reset(): void;
  flush(): Promise<void>;
}

const LIBRARY = { name: 'fineprint-browser', version: '0.1.0' };
/** Less than a request may hold. */
const MAX_EVENT_BYTES = 24_000;
const MAX_HELD = 50;
const DEFAULT_LINGER_MS = 1_000;
/** Until the lock of a page that was just closed is free. */
const ADOPT_AFTER_MS = 1_000;

const newId = createIds(Date.now, (count) => crypto.getRandomValues(new Uint8Array(count)));

export function openPage(options: BrowserOptions, report: (outcome: Outcome) => void): Page {
  const name = `fineprint:${options.writeKey.slice(-8)}`;
  const identity = createIdentity(name, newId);
  const keeper = createKeeper({
    ...{ name, owner: newId(), report, lingerMs: options.lingerMs ?? DEFAULT_LINGER_MS },
    send: createSender(options.gatewayUrl, options.writeKey),
  });
  const given = options.consent ?? 'unknown';
  let choice = given === 'unknown' && identity.isRemembered() ? 'granted' : given;
  let isOpen = false;
  let held: { readonly draft: Draft; readonly nowMs: number }[] = [];

  const keep = (draft: Draft, nowMs: number) => {
    if (draft.fields.kind === 'identify') identity.setUser(draft.about.userId);
    const about = { ...identity.about(nowMs), context: pageContext() };
    keeper.add(toQueuedEvent(draft, { id: newId(), nowMs, about, maxBytes: MAX_EVENT_BYTES }));
  };
  const startWatching = once(() => {
    const { trackPageView } = createCalls((draft) => keep(draft, Date.now()));
    watchAddress((url) => {
      if (isOpen) trackPageView({ url, title: document.title, referrer: document.referrer });
    });
  });

  const open = () => {
    isOpen = true;
    // Remembers the yes.
    identity.about(Date.now());
    keeper.adopt();
    for (const { draft, nowMs } of held.splice(0)) keep(draft, nowMs);
    if (options.pageViews === 'auto') startWatching();
  };
  const close = () => {
    isOpen = false;
    held = [];
    identity.forget();
    keeper.discard();
  };
  /** The gate: nothing is stored or sent but on its far side. */
  const setConsent = (next: ConsentChoice) => {
    choice = next;
    const signals = privacySignals();
    const isAllowed = mayTrack(choice, signals);
    if (isAllowed && !isOpen) open();
    const isNo = choice !== 'unknown' || !mayTrack('granted', signals);
    if (!isAllowed && isNo) close();
  };

  listen(name, {
    visibility(isHidden) {
      keeper.setHidden(isHidden);
      if (!isHidden) setTimeout(() => isOpen && keeper.adopt(), ADOPT_AFTER_MS);
    },
    online() {
      keeper.retryNow();
      if (isOpen) keeper.adopt();
    },
    storage(isThere) {
      if (!isThere && isOpen) setConsent('denied');
      if (isThere && choice === 'unknown') setConsent('granted');
    },
  });
  setConsent(choice);

  return {
    size: keeper.size,
    record(draft) {
      if (isOpen && identity.wasForgotten()) setConsent('denied');
      if (isOpen) keep(draft, Date.now());
      else if (choice === 'unknown' && options.holdUntilConsent === true && held.length < MAX_HELD)
        held.push({ draft, nowMs: Date.now() });
      else return false;
      return true;
    },
    setConsent,
    reset() {
      if (isOpen) identity.reset();
    },
    flush: keeper.flush,
  };
}

/** Where it happened, without what stands behind the address's path. */
function pageContext() {
  const { origin, pathname } = location;
  return { library: LIBRARY, page: { url: origin + pathname }, locale: navigator.language };
}

function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) work();
    isDone = true;
  };
}
