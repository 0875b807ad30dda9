import net from 'node:net';
import { errorMessage } from '../errors.ts';
import type { ReadyCheck } from './process-spec.ts';

const PROBE_TIMEOUT_MS = 3_000;

/** One look, bounded in time: undefined when it answers, otherwise why not. */
export async function checkReady(
  check: ReadyCheck,
  timeoutMs = PROBE_TIMEOUT_MS,
): Promise<string | undefined> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    await probe(check, signal);
    return undefined;
  } catch (error) {
    return signal.aborted ? `no answer within ${timeoutMs} ms` : reason(error);
  }
}

async function probe(check: ReadyCheck, signal: AbortSignal): Promise<void> {
  if (check.kind === 'http') return httpProbe(check.url, signal);
  if (check.kind === 'tcp') return tcpProbe(check.host, check.port, signal);
  await Promise.race([check.probe(signal), rejectOnAbort(signal)]);
}

export async function httpProbe(
  url: string,
  signal: AbortSignal,
  headers: Record<string, string> = {},
): Promise<void> {
  const response = await fetch(url, { signal, headers, redirect: 'manual' });
  const body = await response.text();
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${body.slice(0, 200)}`);
}

export async function tcpProbe(host: string, port: number, signal: AbortSignal): Promise<void> {
  const socket = net.connect({ host, port, signal });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
  } finally {
    socket.destroy();
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('timed out')), { once: true });
  });
}

/** fetch hides the system's reason in `cause`. */
function reason(error: unknown): string {
  if (error instanceof Error && error.cause instanceof Error) return error.cause.message || error.message;
  return errorMessage(error);
}
