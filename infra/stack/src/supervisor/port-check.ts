import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from '../errors.ts';
import { isPortTaken, portOwner } from './port-owner.ts';
import type { ProcessSpec } from './process-spec.ts';

const POLL_MS = 100;
const PORT_RELEASE_TIMEOUT_MS = 2_000;

/** Every port a process will listen on must be free, or the error names who has it. */
export async function assertPortsFree(spec: ProcessSpec): Promise<void> {
  for (const port of spec.ports) {
    const deadline = Date.now() + PORT_RELEASE_TIMEOUT_MS;
    // A port without an owner we can see may belong to a process that is just ending.
    while (await isPortTaken(port)) {
      if (portOwner(port) !== undefined || Date.now() >= deadline) throw portTaken(spec.name, port);
      await sleep(POLL_MS);
    }
  }
}

export function portTaken(name: string, port: number): StackError {
  const owner = portOwner(port);
  const by = owner === undefined ? 'another process' : `process ${owner.pid} (${owner.command})`;
  const stop = owner === undefined ? 'Stop that process' : `Stop that process (kill ${owner.pid})`;
  return new StackError(
    'PORT_TAKEN',
    `${name} cannot start: port ${port} is taken by ${by}.`,
    `${stop}, or move all ports: FINEPRINT_PORT_OFFSET=10000`,
  );
}
