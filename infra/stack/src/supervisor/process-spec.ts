import { createHash } from 'node:crypto';

export type ReadyCheck =
  | { readonly kind: 'http'; readonly url: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'probe'; readonly probe: (signal: AbortSignal) => Promise<void> };

/** Parts stop after services. */
export type Tier = 'part' | 'service';

/** A long-running process as its owner declares it. */
export interface ProcessSpec {
  readonly name: string;
  readonly tier: Tier;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to this process' own environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** The account to run as, where it must not be the caller's. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Ports it will listen on, on the loopback address: checked before the start. */
  readonly ports: readonly number[];
  /** Where people reach it; shown by `status`. */
  readonly url?: string;
  /**
   * Makes folders and files it needs; runs before a start, not for a process that is kept. Programs it runs get `env`, so that
   * they are found when this process is killed meanwhile.
   */
  readonly prepare?: (env: Readonly<Record<string, string>>) => Promise<void>;
  readonly ready: ReadyCheck;
  readonly readyTimeoutMs?: number;
  readonly stopSignal?: 'SIGTERM' | 'SIGINT';
  readonly stopTimeoutMs?: number;
  /** Starts over when it exits before it is ready (default 1: no second try). */
  readonly startAttempts?: number;
}

export const DEFAULT_READY_TIMEOUT_MS = 60_000;
export const DEFAULT_STOP_TIMEOUT_MS = 20_000;

/** What decides whether a running process is still the one that is wanted. */
export function specHash(spec: ProcessSpec): string {
  const identity = [
    spec.command,
    spec.args,
    Object.entries(spec.env).sort(),
    spec.cwd,
    spec.ports,
    spec.user ?? null,
  ];
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex');
}

const NOT_INHERITED = /^(npm_|VITEST|NODE_OPTIONS$|NODE_ENV$|TEST$|INIT_CWD$|PNPM_)/;

/** The caller's environment without what its package manager or test runner put there. */
export function childEnv(
  own: Readonly<Record<string, string | undefined>>,
  added: Readonly<Record<string, string>>,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [key, value] of Object.entries(own)) {
    if (value !== undefined && !NOT_INHERITED.test(key)) env[key] = value;
  }
  return { ...env, ...added };
}
