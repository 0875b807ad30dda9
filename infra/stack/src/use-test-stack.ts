import { inject } from 'vitest';
import type { StackEndpoints } from './endpoints.ts';
import type { Ports } from './parts.ts';

export { takeTestSlot } from './test-slot.ts';
export { writeCertificates } from './testing/certificates.ts';
export { startTlsProxy, type TlsProxy } from './testing/tls-proxy.ts';

/** The shared stack of an integration test run. */
export interface TestStack {
  readonly endpoints: StackEndpoints;
  /** What services read from their environment. */
  readonly env: Readonly<Record<string, string>>;
  /** By which a command of the product finds this stack; without all of it, `up` would start parts anew, otherwise set. */
  readonly commandEnv: Readonly<Record<string, string>>;
  /** Includes free ports for the services under test. */
  readonly ports: Ports;
  /** By which they differ from the usual ones. */
  readonly portOffset: number;
  readonly dataDir: string;
  /** Undefined where the stack is not native. */
  readonly tls: TestTls | undefined;
}

/** Kafka's second listener, which speaks TLS and wants a login, and who signed its certificate and Postgres'. */
export interface TestTls {
  readonly kafkaBrokers: string;
  readonly kafkaUsername: string;
  readonly kafkaPassword: string;
  /** Holds ca.crt, server.crt and server.key. */
  readonly directory: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    fineprintStack: TestStack;
  }
}

/**
 * The running stack, in any `*.itest.ts`. All test files share it: name topics, groups, tables and keys after your test, and
 * expect others' to be there.
 */
export function useTestStack(): TestStack {
  return inject('fineprintStack');
}
