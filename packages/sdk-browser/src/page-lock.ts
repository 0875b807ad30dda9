/**
 * Which page answers for which stored events: a page holds a Web Lock of its own name while it has any. The browser frees it
 * with the page, crash included, so whoever gets a page's lock knows that the page is gone.
 */
export interface PageLock {
  /** Resolves once this page has its lock. */
  hold(): Promise<void>;
  release(): void;
  /** Runs `work` if the page of that name is gone, and keeps others from doing the same meanwhile. */
  ifGone(owner: string, work: () => Promise<void>): Promise<void>;
}

export function createPageLock(prefix: string, owner: string): PageLock {
  // Only pages that came over HTTPS (or from this machine) have them. Without, events left behind by a page are sent by every
  // page that finds them: the same ids, so they count once all the same.
  const locks: LockManager | undefined = navigator.locks;
  let free: (() => void) | undefined;
  return {
    hold() {
      if (free !== undefined || locks === undefined) return Promise.resolve();
      return new Promise((resolve) => {
        const held = new Promise<void>((end) => {
          free = end;
        });
        const grant = () => {
          resolve();
          return held;
        };
        // Refused to a page without an origin: as if there were none.
        locks.request(prefix + owner, grant).catch(() => resolve());
      });
    },
    release() {
      free?.();
      free = undefined;
    },
    async ifGone(other, work) {
      if (locks === undefined) return work();
      await locks.request(prefix + other, { ifAvailable: true }, async (lock) => {
        if (lock !== null) await work();
      });
    },
  };
}
