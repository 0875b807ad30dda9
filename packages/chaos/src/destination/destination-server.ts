import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ContractServer,
  createMixpanel,
  type Faults,
  noFaults,
  serve,
  type Vendor,
} from '@fineprint/contract-servers';
import { plantedNeedles } from '../load/planted.ts';
import { createIdKeeper } from './id-keeper.ts';

/** A destination as its vendor documents it, on a port of this machine: to be broken, mended, and asked what it holds. */
export interface DestinationServer {
  readonly name: 'mixpanel';
  /** What switches its forwarder on. */
  readonly settings: Readonly<Record<string, string>>;
  /** Of each event that it would show its customer. */
  ids(): string[];
  /** Events that came, repeats included. */
  arrivals(): number;
  /** Of them those that it knew already. */
  repeats(): number;
  /** Its name → how many requests held planted personal data; empty where none did. */
  personalData(): ReadonlyMap<string, number>;
  setFaults(faults: Faults): void;
  /** Connections are refused from now on. */
  down(): Promise<void>;
  /** Answers again, on the same port, and without faults. */
  up(): Promise<void>;
  close(): Promise<void>;
}

const NAME = 'mixpanel';
const TOKEN = 'token-of-the-run';
const TAKE_PORT_WITHIN_MS = 10_000;
const TAKE_PORT_EVERY_MS = 100;

export async function startDestination(): Promise<DestinationServer> {
  const keeper = createIdKeeper();
  const keep = (key: string, event: Readonly<Record<string, unknown>>) => keeper.take(insertId(event), key);
  let personal = 0;
  const mixpanel = createMixpanel({ token: TOKEN, nowMs: Date.now, keep });
  const vendor: Vendor = {
    ...mixpanel,
    handle(request) {
      if (plantedNeedles.some((needle) => request.body.includes(needle))) personal += 1;
      return mixpanel.handle(request);
    },
  };
  let server: ContractServer | undefined = await serve(vendor);
  const { port, url } = server;
  const down = async () => {
    const closing = server;
    server = undefined;
    await closing?.close();
  };
  return {
    name: NAME,
    settings: { MIXPANEL_TOKEN: TOKEN, MIXPANEL_BASE_URL: url },
    ids: keeper.ids,
    arrivals: () => keeper.arrivals,
    repeats: () => keeper.repeats,
    personalData: () => new Map(personal === 0 ? [] : [[NAME, personal]]),
    setFaults: (faults) => server?.setFaults(faults),
    down,
    async up() {
      server ??= await serveOn(vendor, port);
      server.setFaults(noFaults);
    },
    close: down,
  };
}

/** Somebody's connection may have the port for a moment. */
async function serveOn(vendor: Vendor, port: number): Promise<ContractServer> {
  const deadlineMs = performance.now() + TAKE_PORT_WITHIN_MS;
  for (;;) {
    try {
      return await serve(vendor, port);
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
      await sleep(TAKE_PORT_EVERY_MS);
    }
  }
}

function insertId({ properties }: Readonly<Record<string, unknown>>): string {
  const { $insert_id: id } = properties as Readonly<Record<string, unknown>>;
  return String(id);
}
