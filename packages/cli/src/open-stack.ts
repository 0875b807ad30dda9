import type { Stack } from '@fineprint/stack';
import { CliError } from './errors.ts';

const START = 'Start the stack: npm start   (or: npm run -s fineprint -- up --detach)';

export async function openLocalStack(): Promise<Stack> {
  const { openStack } = await import('@fineprint/stack');
  return openStack();
}

/** Asks for a running part by its name before a client of it retries for long. */
export async function requirePart(stack: Stack, part: 'kafka' | 'clickhouse' | 'postgres'): Promise<void> {
  const statuses = await stack.status();
  const status = statuses.find((s) => s.name === part);
  if (status === undefined || status.state === 'ready') return;
  const what =
    status.state === 'stopped' ? 'is not running' : `is not ready (${status.detail ?? 'no reason given'})`;
  throw new CliError('STACK_NOT_RUNNING', `${part} ${what}.`, START);
}

/** For what is worth waiting for while it only restarts, but not when nobody ever started it. */
export async function requireStarted(stack: Stack, service: string): Promise<void> {
  const status = (await stack.status()).find((s) => s.name === service);
  if (status !== undefined && status.state !== 'stopped') return;
  throw new CliError('STACK_NOT_RUNNING', `${service} is not running.`, START);
}
