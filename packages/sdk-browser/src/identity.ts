import { type About, currentSession, type Session } from '@fineprint/sdk-core';
import type { Choices, Decider, Decision } from './consent.ts';

/** Who uses this browser, as far as it may be known. One entry of localStorage, and only after a yes. */
interface Stored {
  readonly anonymousId: string;
  readonly userId?: string | undefined;
  readonly session?: Session;
  readonly decision?: Decision;
}

export interface Identity {
  /** An earlier page was told yes. */
  isRemembered(): boolean;
  /** It was in storage, and somebody else took it out: another tab, or the person. */
  wasForgotten(): boolean;
  /** Whom an event now is about. */
  about(nowMs: number): About;
  setUser(userId: string | undefined): void;
  /** A new visitor, who allows what was allowed here. */
  reset(nowMs: number): void;
  /** Whose decision is remembered here, and which. */
  decided(): (Decider & { readonly decision: Decision | undefined }) | undefined;
  decide(choices: Choices, fromMs: number): void;
  /** The gateway has it. */
  recorded(id: string): void;
  forget(): void;
}

/** Storage that a browser does not give, or takes away, is no error: the identity then lasts as long as the page. */
export function createIdentity(name: string, newId: () => string): Identity {
  let inMemory: Stored | undefined;
  let isStored = false;
  const text = () => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };
  const read = (): Stored | undefined => {
    const found = text();
    // Another tab may have gone on with the session.
    return found === null ? inMemory : (JSON.parse(found) as Stored);
  };
  const write = (next: Stored) => {
    inMemory = next;
    try {
      localStorage.setItem(name, JSON.stringify(next));
      isStored = true;
    } catch {
      // Full, or forbidden.
    }
  };
  const current = () => read() ?? { anonymousId: newId() };
  return {
    isRemembered: () => read() !== undefined,
    wasForgotten: () => isStored && text() === null,
    about(nowMs) {
      const stored = current();
      const session = currentSession(stored.session, nowMs, newId);
      write({ ...stored, session });
      return { anonymousId: stored.anonymousId, userId: stored.userId, sessionId: session.id };
    },
    setUser: (userId) => write({ ...current(), userId }),
    reset(nowMs) {
      const choices = read()?.decision?.choices;
      const decision = choices && { id: newId(), choices, fromMs: nowMs, isRecorded: false };
      write({ anonymousId: newId(), ...(decision && { decision }) });
    },
    decided() {
      const stored = read();
      return stored && { ...stored, decision: stored.decision };
    },
    decide: (choices, fromMs) =>
      write({ ...current(), decision: { id: newId(), choices, fromMs, isRecorded: false } }),
    recorded(id) {
      const { decision, ...rest } = current();
      if (decision?.id === id) write({ ...rest, decision: { ...decision, isRecorded: true } });
    },
    forget() {
      inMemory = undefined;
      isStored = false;
      try {
        localStorage.removeItem(name);
      } catch {
        // There was nothing, then.
      }
    },
  };
}
