import { type About, currentSession, type Session } from '@fineprint/sdk-core';

/** Who uses this browser, as far as it may be known. One entry of localStorage, and only after a yes. */
interface Stored {
  readonly anonymousId: string;
  readonly userId?: string | undefined;
  readonly session?: Session;
}

export interface Identity {
  /** An earlier page was told yes. */
  isRemembered(): boolean;
  /** It was in storage, and somebody else took it out: another tab, or the person. */
  wasForgotten(): boolean;
  /** Whom an event now is about. */
  about(nowMs: number): About;
  setUser(userId: string | undefined): void;
  /** A new visitor. */
  reset(): void;
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
    reset: () => write({ anonymousId: newId() }),
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
