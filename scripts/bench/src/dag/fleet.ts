import { type Environment, type ServiceDefinition, serviceSpec, services } from '@fineprint/cli/services';
import { LOOPBACK, PART_NAMES, type PartName, type Stack } from '@fineprint/stack';
import { type TreeCost, treeCost } from './tree-cost.ts';

export type ServiceName = ServiceDefinition['name'];

/** What an event goes through after the gateway until it is in ClickHouse, the metrics and the funnels. */
export const DAG_SERVICES = [
  'pii-scrubber',
  'ai-aggregator',
  'funnel-builder',
  'person-builder',
  'warehouse-loader',
] as const satisfies readonly ServiceName[];

/** Services of a bench's stack, each a process as `up` starts it. */
export interface Fleet {
  /** Where a service answers. */
  urlOf(service: ServiceName): string;
  /** Starts these too, all at once; resolves when they are ready. */
  start(names: readonly ServiceName[]): Promise<void>;
  stop(names: readonly ServiceName[]): Promise<void>;
  /** Of every service that runs and every part of the stack. */
  costs(): Promise<Costs>;
  /** Records that a service has worked off since it began. */
  records(service: ServiceName): Promise<number>;
}

export type Costs = Readonly<Partial<Record<ServiceName | PartName, TreeCost>>>;

const PROFILES = ['--cpu-prof', '--cpu-prof-dir=.fineprint/profiles'];
/** What a busy page of the product sends must not be what is measured. */
const UNLIMITED = { RATE_LIMIT_EVENTS_PER_SECOND: '100000000', LOG_LEVEL: 'error' };

export function openFleet(stack: Stack, { isProfiled = false, env = {} as Environment } = {}): Fleet {
  const urlOf = (name: ServiceName) => `http://${LOOPBACK}:${stack.settings.ports[definitionOf(name).port]}`;
  const specOf = (name: ServiceName) => {
    const spec = serviceSpec(definitionOf(name), stack, { ...process.env, ...UNLIMITED, ...env });
    return isProfiled ? { ...spec, args: [...PROFILES, ...spec.args] } : spec;
  };
  return {
    urlOf,
    start: (names) => stack.start(names.map(specOf)),
    stop: (names) => stack.stop(names),
    async costs() {
      const known = new Set<string>([...services.map((s) => s.name), ...PART_NAMES]);
      const running = (await stack.status()).filter(({ name, pid }) => pid !== undefined && known.has(name));
      return Object.fromEntries(running.map(({ name, pid }) => [name, treeCost(pid ?? 0)]));
    },
    async records(name) {
      const answer = await fetch(`${urlOf(name)}/metrics`).catch(() => null); // it has not begun to listen
      const lines = (await answer?.text())?.split('\n') ?? [];
      return lines
        .filter((line) => line.startsWith('fineprint_stream_records_total{'))
        .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    },
  };
}

function definitionOf(name: ServiceName): ServiceDefinition {
  const found = services.find((service) => service.name === name);
  if (found === undefined) throw new Error(`${name} is no service`);
  return found;
}
