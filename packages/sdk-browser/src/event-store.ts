import type { QueuedEvent } from '@fineprint/sdk-core';

/** An event on disk, and the page that answers for it. */
interface Row extends QueuedEvent {
  readonly owner: string;
}

const EVENTS = 'events';
const BY_OWNER = 'owner';

/** The events of one write key in IndexedDB. Opened at the first use, so that nothing is stored before there is consent. */
export interface EventStore {
  put(events: readonly QueuedEvent[], owner: string): Promise<void>;
  remove(ids: readonly string[]): Promise<void>;
  /** Whoever answers for events here. */
  owners(): Promise<string[]>;
  /** Gives `limit` of an owner's events to another; oldest first. */
  takeOver(from: string, to: string, limit: number): Promise<QueuedEvent[]>;
  /** The database and all in it is gone afterwards. */
  destroy(): Promise<void>;
}

export function createEventStore(name: string): EventStore {
  let opened: Promise<IDBDatabase> | undefined;
  const open = () => {
    opened ??= openDatabase(name, () => {
      opened = undefined;
    });
    return opened;
  };
  /** Runs within one transaction; resolves once it is durable. */
  const transact = async <T>(mode: IDBTransactionMode, work: (events: IDBObjectStore) => () => T) => {
    const database = await open();
    return new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(EVENTS, mode);
      const result = work(transaction.objectStore(EVENTS));
      transaction.oncomplete = () => resolve(result());
      transaction.onabort = () => reject(transaction.error);
    });
  };
  return {
    put: (added, owner) =>
      transact('readwrite', (events) => {
        for (const event of added) events.put({ ...event, owner } satisfies Row);
        return () => undefined;
      }),
    remove: (ids) =>
      transact('readwrite', (events) => {
        for (const id of ids) events.delete(id);
        return () => undefined;
      }),
    owners: () =>
      transact('readonly', (events) => {
        const found: string[] = [];
        const request = events.index(BY_OWNER).openKeyCursor(null, 'nextunique');
        request.onsuccess = () => {
          if (request.result === null) return;
          found.push(request.result.key as string);
          request.result.continue();
        };
        return () => found;
      }),
    takeOver: (from, to, limit) =>
      transact('readwrite', (events) => {
        const request: IDBRequest<Row[]> = events.index(BY_OWNER).getAll(from, limit);
        request.onsuccess = () => {
          for (const row of request.result) events.put({ ...row, owner: to });
        };
        return () => request.result.map(({ owner: _, ...event }) => event);
      }),
    async destroy() {
      const before = opened;
      opened = undefined;
      (await before?.catch(() => undefined))?.close();
      await new Promise((resolve) => {
        const request = indexedDB.deleteDatabase(name);
        // Blocked: another page has it open; it is gone when that page has closed it.
        request.onsuccess = request.onerror = request.onblocked = resolve;
      });
    },
  };
}

function openDatabase(name: string, onClose: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () =>
      request.result.createObjectStore(EVENTS, { keyPath: 'id' }).createIndex(BY_OWNER, 'owner');
    request.onsuccess = () => {
      const database = request.result;
      // Another page withdraws consent: let go of it.
      database.onversionchange = () => {
        database.close();
        onClose();
      };
      database.onclose = onClose;
      resolve(database);
    };
    request.onerror = () => {
      onClose();
      reject(request.error);
    };
  });
}
