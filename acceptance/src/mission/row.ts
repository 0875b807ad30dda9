import type { TopicAdmin } from '@fineprint/stream-runtime';
import type { NodeName } from '@fineprint/topology';
import type { ServiceProcess } from '../service-process.ts';
import type { Ended } from './command-line.ts';

/** One of our services, as it runs. */
export interface MissionService {
  readonly name: string;
  readonly url: string;
  /** What it has logged. */
  readonly log: () => string;
}

/** What a row may use: the running product, from outside. */
export interface MissionContext {
  /** Where a producer sends, and its key. */
  readonly gateway: { readonly url: string; readonly writeKey: string };
  /** Where readers ask. */
  readonly queryUrl: string;
  /** POSTs JSON to the gateway with a write key. */
  post(path: string, body: unknown): Promise<{ readonly status: number; readonly body: unknown }>;
  /** GETs JSON from the query API with an analyst's key. */
  get(path: string): Promise<{ readonly status: number; readonly body: unknown }>;
  /** PUTs JSON to the query API with the same key. */
  put(path: string, body: unknown): Promise<{ readonly status: number; readonly body: unknown }>;
  /** Asks the query API, with an analyst's key. */
  ask(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly body: unknown }>;
  /** The first event of a stream that the query API serves at a path. */
  firstServerSentEvent(path: string): Promise<unknown>;
  /** Asks ClickHouse as the read-only analyst. */
  sql<T>(query: string, parameters?: Readonly<Record<string, unknown>>): Promise<T[]>;
  /** Runs a statement in ClickHouse as its owner: what no user of the product may, as putting in rows of long ago. */
  asOwner(statement: string, parameters: Readonly<Record<string, unknown>>): Promise<void>;
  /** Asks Postgres. */
  postgres<T>(query: string, values: readonly unknown[]): Promise<T[]>;
  /** Asks Snowflake; null where the stack runs without one. Names of columns come in lower case. */
  readonly snowflake:
    | (<T extends object>(query: string, values: readonly (string | number)[]) => Promise<T[]>)
    | null;
  /** Runs `fineprint` with these arguments. */
  command(...args: string[]): Promise<Ended>;
  /** The same with further settings. */
  commandWith(env: Readonly<Record<string, string>>, ...args: string[]): Promise<Ended>;
  /** Where the parts are, as services are told. */
  readonly serviceEnv: Readonly<Record<string, string>>;
  /** Starts a service beside those of the stack; it is stopped with the mission at the latest. */
  startService(name: NodeName, settings: Readonly<Record<string, string>>): Promise<ServiceProcess>;
  /** Asks Kafka about its topics and groups. */
  withKafka<T>(work: (admin: TopicAdmin) => Promise<T>): Promise<T>;
  /** Repeats until it does not throw, for at most `withinMs`; then throws what it threw last. */
  eventually<T>(withinMs: number, check: () => Promise<T>): Promise<T>;
  /** Our services that run. */
  readonly services: readonly MissionService[];
  /** Where the product sends its mails, on this machine. */
  readonly smtpPort: number;
  /** A name that no other run uses. */
  readonly run: string;
}

/** Thrown by a row that cannot be tried here, with what it would need. */
export class RowSkipped extends Error {}

/** One row of the product document: works, or throws why it does not. */
export interface MissionRow {
  readonly row: number;
  readonly name: string;
  /** What the row still lacks. While this stands the row fails, however well the rest does. */
  readonly missing?: string;
  /** Resolves with the evidence, in a sentence. */
  check(context: MissionContext): Promise<string>;
}

export interface RowResult {
  readonly row: number;
  readonly name: string;
  readonly status: 'works' | 'fails' | 'skipped';
  readonly evidence: string;
}

/** Throws with both values where they differ. */
export function same(what: string, actual: unknown, expected: unknown): void {
  const [a, e] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== e) throw new Error(`${what}: ${a}, expected ${e}`);
}

/** Throws where a figure is further from the exact one than its stated relative error. Answers how far it is, in percent. */
export function within(what: string, actual: number, exact: number, relativeError: number): number {
  const off = Math.abs(actual - exact) / Math.abs(exact);
  if (!(off <= relativeError))
    throw new Error(`${what}: ${actual}, exact is ${exact}: off by ${(off * 100).toFixed(2)} %`);
  return off * 100;
}
