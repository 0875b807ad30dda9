import {
  type ConsentChoice,
  createCalls,
  createIds,
  type Draft,
  mayTrack,
  type Outcome,
  toQueuedEvent,
} from '@fineprint/sdk-core';
import { type Choices, choicesOf, type Decider, type Decision, postDecision } from './consent.ts';
import { createIdentity } from './identity.ts';
import { createKeeper } from './keeper.ts';
import { listen } from './listeners.ts';
import type { BrowserOptions } from './options.ts';
import { watchAddress } from './page-views.ts';
import { createPost } from './post.ts';
import { privacySignals } from './privacy-signals.ts';
import { createSender } from './send.ts';

/** A page's events, and the gate before them. */
export interface Page {
  readonly size: () => number;
  /** False: it was not recorded, for want of consent. */
  record(draft: Draft): boolean;
  /** What the person said. */
  decide(choices: Choices): void;
  reset(): void;
  flush(): Promise<void>;
}

const LIBRARY = { name: 'fineprint-browser', version: '0.1.0' };
/** Less than a request may hold. */
const MAX_EVENT_BYTES = 24_000;
const MAX_HELD = 50;
const DEFAULT_LINGER_MS = 1_000;
const PLAIN_YES = choicesOf(true);
const NOTHING = choicesOf(false);
/** Until the lock of a page that was just closed is free. */
const ADOPT_AFTER_MS = 1_000;

const newId = createIds(Date.now, (count) => crypto.getRandomValues(new Uint8Array(count)));

export function openPage(options: BrowserOptions, report: (outcome: Outcome) => void): Page {
  const name = `fineprint:${options.writeKey.slice(-8)}`;
  const identity = createIdentity(name, newId);
  const post = createPost(options.gatewayUrl);
  const send = createSender(options.gatewayUrl, options.writeKey, post);
  const tell = (decider: Decider, decision: Decision) =>
    postDecision(post, options.writeKey, decider, decision, options);
  let telling: Promise<void> | undefined;
  /** Resolves once the gateway knows what was allowed. Events go after it: before, nobody may store them. */
  const tellDecision = (): Promise<void> => {
    const decided = identity.decided();
    const decision = decided?.decision;
    if (decision === undefined || decision.isRecorded) return Promise.resolve();
    telling ??= tell(decided as Decider, decision)
      .then(() => identity.recorded(decision.id))
      .finally(() => {
        telling = undefined;
      });
    return telling;
  };
  const keeper = createKeeper({
    ...{ name, owner: newId(), report, lingerMs: options.lingerMs ?? DEFAULT_LINGER_MS },
    send: (batch, isPageHidden, signal) => {
      if (identity.decided()?.decision?.isRecorded !== false) return send(batch, isPageHidden, signal);
      const told = tellDecision();
      // There is no waiting in a page that is being left; what was begun first mostly comes first.
      if (!isPageHidden) return told.then(() => send(batch, isPageHidden, signal));
      told.catch(() => undefined);
      return send(batch, isPageHidden, signal);
    },
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

  const open = (choices: Choices) => {
    isOpen = true;
    // Remembers the yes. It counts for what was held, too: it is asked about all that this page does.
    identity.about(Date.now());
    remember(choices);
    keeper.adopt();
    for (const { draft, nowMs } of held.splice(0)) keep(draft, nowMs);
    if (options.pageViews === 'auto') startWatching();
  };
  const remember = (choices: Choices) => {
    const known = identity.decided()?.decision?.choices;
    if (known === undefined || isOther(known, choices))
      identity.decide(choices, Math.min(Date.now(), ...held.map((h) => h.nowMs)));
    tellDecision().catch(() => undefined); // again with the first events
  };
  const close = () => {
    isOpen = false;
    held = [];
    identity.forget();
    keeper.discard();
  };
  /** The gate: nothing is stored or sent but on its far side. */
  const setConsent = (next: ConsentChoice, choices?: Choices) => {
    choice = next;
    const signals = privacySignals();
    const isAllowed = mayTrack(choice, signals);
    if (isAllowed && !isOpen) open(choices ?? identity.decided()?.decision?.choices ?? PLAIN_YES);
    else if (isAllowed && choices !== undefined) remember(choices);
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
    decide(choices) {
      const had = identity.decided();
      setConsent(choices.analytics ? 'granted' : 'denied', choices);
      if (choices.analytics || had === undefined) return;
      const decision = { id: newId(), choices: NOTHING, fromMs: Date.now(), isRecorded: false };
      tell(had, decision).catch(() => undefined); // nothing is sent any more, whether it is heard or not
    },
    reset() {
      if (!isOpen) return;
      identity.reset(Date.now());
      tellDecision().catch(() => undefined);
    },
    flush: keeper.flush,
  };
}

/** Where it happened, without what stands behind the address's path. */
function pageContext() {
  const { origin, pathname } = location;
  return { library: LIBRARY, page: { url: origin + pathname }, locale: navigator.language };
}

const isOther = (a: Choices, b: Choices) =>
  (a.marketing === true) !== (b.marketing === true) || (a.ai === true) !== (b.ai === true);

function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) work();
    isDone = true;
  };
}
