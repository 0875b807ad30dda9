import type { Environment } from '@fineprint/service-config';
import type { KafkaConnection, SchemaRegistry } from '@fineprint/stream-runtime';
import type { Client } from 'pg';
import type { Warehouse } from './warehouse.ts';

/** What a replay works with. */
export interface ReplayParts {
  readonly kafka: KafkaConnection;
  readonly registry: SchemaRegistry;
  readonly warehouse: Warehouse;
  /** One connection of its own: it holds the replay's lock. */
  readonly postgres: Client;
  /** The stage's settings. */
  readonly env: Environment;
}

/** How far a step of long work is. */
export type OnProgress = (step: string, done: number, total: number) => void;
