import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/** A name for this process that no other has: the host's (a pod's, in Kubernetes) and something random. */
export function newInstanceName(): string {
  return `${hostname()}/${randomBytes(4).toString('hex')}`;
}
