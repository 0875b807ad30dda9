import type { ServerResponse } from 'node:http';
import { type Headers, SECURITY_HEADERS } from '@fineprint/http-kit';
import { Problem } from '../problem/problem.ts';
import type { LiveModel } from './real-time.ts';

export interface LiveStreamsOptions {
  readonly maxStreams: number;
  readonly read: (live: LiveModel) => Promise<object>;
  readonly onError: (error: unknown) => void;
}

/** One client's stream. */
export interface LiveClient {
  readonly live: LiveModel;
  readonly res: ServerResponse;
  readonly headers: Headers;
  /** Whether its key may still read; asked again and again. Rejects where it may not. */
  readonly mayGoOn: () => Promise<void>;
}

/** Server-Sent Events about models, two readings per model and second however many clients there are. */
export interface LiveStreams {
  count(): number;
  /** Sends `first`, then an event every half second; resolves when the stream has ended. Throws Problem `too_many_streams`. */
  open(client: LiveClient, first: object): Promise<void>;
  /** Ends all streams in order. */
  close(): void;
}

interface Feed {
  readonly clients: Map<ServerResponse, LiveClient>;
  readonly timer: NodeJS.Timeout;
  isReading: boolean;
  ticks: number;
}

const EVERY_MS = 500;
/** A revoked key's stream ends within so many events. */
const CHECK_EVERY = 10;
/** A client that reads slower than this is let go. */
const MAX_BUFFERED_BYTES = 256 << 10;
const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'x-accel-buffering': 'no', // nginx would hold events back
} as const;
const HEARTBEAT = ': still here\n\n';

export function createLiveStreams(options: LiveStreamsOptions): LiveStreams {
  const feeds = new Map<string, Feed>();
  const count = () => [...feeds.values()].reduce((sum, feed) => sum + feed.clients.size, 0);

  const drop = (key: string, feed: Feed, res: ServerResponse): void => {
    feed.clients.delete(res);
    if (feed.clients.size > 0) return;
    clearInterval(feed.timer);
    if (feeds.get(key) === feed) feeds.delete(key);
  };

  const sendAll = (feed: Feed, text: string): void => {
    for (const { res } of feed.clients.values()) {
      if (res.writableEnded) continue;
      if (res.writableLength > MAX_BUFFERED_BYTES) res.destroy();
      else res.write(text);
    }
  };

  const tick = async (feed: Feed, live: LiveModel): Promise<void> => {
    if (feed.isReading) return sendAll(feed, HEARTBEAT);
    feed.isReading = true;
    try {
      if (feed.ticks++ % CHECK_EVERY === CHECK_EVERY - 1) await endRefused(feed);
      sendAll(feed, eventText('metrics', await options.read(live)));
    } catch (error) {
      options.onError(error);
      sendAll(feed, eventText('problem', { code: codeOf(error) }));
    } finally {
      feed.isReading = false;
    }
  };

  const start = (key: string, live: LiveModel): Feed => {
    const feed: Feed = {
      clients: new Map(),
      timer: setInterval(() => void tick(feed, live), EVERY_MS),
      isReading: false,
      ticks: 0,
    };
    feeds.set(key, feed);
    return feed;
  };

  return {
    count,
    open(client, first) {
      if (count() >= options.maxStreams) {
        throw new Problem('too_many_streams', 'No more streams can be opened.', { retryAfterS: 10 });
      }
      const key = JSON.stringify([client.live.model, client.live.version]);
      const feed = feeds.get(key) ?? start(key, client.live);
      feed.clients.set(client.res, client);
      client.res.writeHead(200, { ...SECURITY_HEADERS, ...STREAM_HEADERS, ...client.headers });
      client.res.write(`retry: 2000\n\n${eventText('metrics', first)}`);
      return new Promise((resolve) => {
        client.res.once('close', () => {
          drop(key, feed, client.res);
          resolve();
        });
      });
    },
    close() {
      for (const feed of feeds.values()) {
        clearInterval(feed.timer);
        for (const res of feed.clients.keys()) res.end(eventText('problem', { code: 'shutting_down' }));
      }
    },
  };
}

/** Ends the streams whose keys were revoked meanwhile. */
async function endRefused(feed: Feed): Promise<void> {
  const ends = [...feed.clients.values()].map(({ res, mayGoOn }) =>
    mayGoOn().catch((error: unknown) => {
      res.end(eventText('problem', { code: codeOf(error) }));
    }),
  );
  await Promise.all(ends);
}

const codeOf = (error: unknown): string => (error instanceof Problem ? error.code : 'internal');

function eventText(event: 'metrics' | 'problem', data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
