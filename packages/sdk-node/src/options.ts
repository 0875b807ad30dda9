import { type About, SdkError, type SdkErrorCode } from '@fineprint/sdk-core';

/**
 * When an event counts as kept on disk. A killed process loses nothing with any of them; `always` outlives a power cut, too, and
 * `interval` loses at most its last second then.
 */
export type FsyncPolicy = 'always' | 'interval' | 'never';

export interface NodeOptions {
  /** The gateway's address. */
  readonly gatewayUrl: string;
  readonly writeKey: string;
  /** A folder for this process alone: events outlive it there. Left out: they wait in memory. */
  readonly queueDirectory?: string;
  readonly fsync?: FsyncPolicy;
  /** What may wait. Beyond it calls wait, too (`wait`), or fail with `queue_full` (`reject`). */
  readonly maxQueuedEvents?: number;
  readonly maxQueuedBytes?: number;
  readonly whenFull?: 'wait' | 'reject';
  /** The consent gate: asked about every event before it is kept or sent. */
  readonly allow?: (about: About) => boolean;
  /** How long an event waits for others. */
  readonly lingerMs?: number;
  readonly requestTimeoutMs?: number;
  /** The shortest and the longest wait before a batch is tried again. */
  readonly baseDelayMs?: number;
  readonly maxDelayMs?: number;
  /** Told of what goes wrong while nobody waits for it. It holds no event's content. */
  readonly onError?: (code: SdkErrorCode, message: string) => void;
}

export type Settings = Required<Omit<NodeOptions, 'queueDirectory' | 'allow' | 'onError'>> &
  Pick<NodeOptions, 'queueDirectory' | 'allow' | 'onError'>;

const MIB = 1_048_576;

const DEFAULTS = {
  fsync: 'interval',
  whenFull: 'wait',
  maxQueuedEvents: 100_000,
  maxQueuedBytes: 64 * MIB,
  lingerMs: 200,
  requestTimeoutMs: 10_000,
  baseDelayMs: 500,
  maxDelayMs: 30_000,
} as const;

const NUMBERS = [
  'maxQueuedEvents',
  'maxQueuedBytes',
  'lingerMs',
  'requestTimeoutMs',
  'baseDelayMs',
  'maxDelayMs',
] as const;

export function readOptions(options: NodeOptions): Settings {
  const settings: Settings = { ...DEFAULTS, ...options };
  const url = URL.parse(settings.gatewayUrl);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new SdkError('invalid_options', 'gatewayUrl must be an http or https address.');
  if (typeof settings.writeKey !== 'string' || settings.writeKey === '')
    throw new SdkError('invalid_options', 'writeKey is missing: `fineprint keys create <name>` makes one.');
  for (const name of NUMBERS)
    if (!Number.isFinite(settings[name]) || settings[name] < 0)
      throw new SdkError('invalid_options', `${name} must be a number from 0.`);
  return { ...settings, gatewayUrl: url.href.replace(/\/+$/, '') };
}
