import type { DestinationServer } from './destination/destination-server.ts';
import type { Fleet } from './fleet/fleet.ts';
import type { Instance } from './fleet/instance.ts';
import type { Parts } from './fleet/parts.ts';
import type { Book } from './load/book.ts';
import type { Random } from './random.ts';
import type { Target } from './target.ts';
import type { MemoryReport } from './watch-memory.ts';
import type { ProgressWatch } from './watch-progress.ts';

/** One named way to make trouble, and what has to hold all the same. A new one is a line in `labs/index.ts`. */
export interface Lab {
  /** kebab-case: `chaos --lab NAME`. */
  readonly name: string;
  readonly title: string;
  /** `fault`: breaks parts or services. `input`: sends what a producer should not. */
  readonly kind: 'fault' | 'input';
  /** What has to hold beside the general judgement (nothing lost, doubled, unknown, out of order, or personal). */
  readonly passes: string;
  /** How long one occurrence takes at most; in a mixed run it begins only while so much is left. */
  readonly takesMs: number;
  /** How often it stands in a round of the mixed run; 0: only when it is asked for by name. Default 1. */
  readonly weight?: number;
  /** Also mends what it broke: the engine only sees to it that processes run again. */
  run(context: LabContext): Promise<void>;
}

/** What a lab works with. */
export interface LabContext {
  /** Of this occurrence: the same for the same seed. */
  readonly random: Random;
  /** How often this lab ran before in this run: labs with several targets take one after the other. */
  readonly occurrence: number;
  /** What is left of the run. */
  readonly remainingMs: () => number;
  /** Rejects when the run is interrupted. */
  sleep(ms: number): Promise<void>;
  /** One fault, from its beginning to its mending. How long nothing was stored around it is measured. */
  fault<T>(what: string, work: () => Promise<T>): Promise<T>;
  /** Something that has to hold; the run fails where it does not. */
  check(what: string, holds: boolean, evidence?: string): void;
  /** A measure of this lab, for the report: units in its name. Of several occurrences the largest is told. */
  figure(name: string, value: number): void;
  /** Sends HTTP producers to this gateway from their next request on, as a load balancer would. */
  routeProducers(gateway: Instance): void;
  /** By service, so far. */
  memory(): Readonly<Record<string, MemoryReport>>;
  /** Our services, as processes. */
  readonly fleet: Fleet;
  /** Kafka, registry, ClickHouse, Postgres, Redis. */
  readonly parts: Parts;
  /** Where the forwarder sends to: it runs in this process, so a lab breaks and mends it by a call. */
  readonly destination: DestinationServer;
  /** What ClickHouse holds by now. */
  readonly progress: Pick<ProgressWatch, 'stored'>;
  /** Addresses, keys and clients. */
  readonly target: Target;
  /** What a lab sends beside the load has to be written down here, or the judge takes it for strangers. */
  readonly book: Book;
}
