import { existsSync } from 'node:fs';
import path from 'node:path';
import { LOOPBACK, type PortName, processMark, REPO_DIR, type Stack, serviceArgs } from '@fineprint/stack';
import type { NodeName } from '@fineprint/topology';
import { freePort } from './free-port.ts';
import { createInstance, type Instance } from './instance.ts';

export type ServiceName = NodeName | 'query-api';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A service as the command line knows it: which port its first instance has, and what it needs beside the parts' addresses. */
export interface ServiceDefinition {
  readonly name: ServiceName;
  readonly port: PortName;
  /** Its folder in services/, where several nodes run one program. */
  readonly program?: string;
  readonly env: (stack: Stack, env: Environment) => Readonly<Record<string, string>>;
}

/** All services, each by one instance or several. */
export interface Fleet {
  /** The folder of an older version, which all services of that version ran from at first; null where there is none. */
  readonly older: string | null;
  readonly services: readonly ServiceName[];
  /** Those that read topics as members of a consumer group. */
  readonly groups: readonly ServiceName[];
  /** In the order in which they were started; the first one is never taken away. */
  instances(service: ServiceName): readonly Instance[];
  all(): readonly Instance[];
  /** The first instance. */
  one(service: ServiceName): Instance;
  /** Starts or stops further instances; does not wait until new ones are ready. */
  scale(service: ServiceName, count: number): Promise<void>;
  /** Everything runs, nothing is frozen, all say they are ready. */
  mend(): Promise<void>;
  stop(): Promise<void>;
  /** How often services ended by themselves. */
  crashes(): Record<string, number>;
}

export function createFleet(
  stack: Stack,
  definitions: readonly ServiceDefinition[],
  env: Environment,
  older: string | null = null,
): Fleet {
  const running = new Map<ServiceName, Instance[]>();
  const ended: Instance[] = [];
  const definitionOf = (service: ServiceName): ServiceDefinition => {
    const found = definitions.find((d) => d.name === service);
    if (found === undefined) throw new Error(`there is no service ${service}`);
    return found;
  };
  const instances = (service: ServiceName) => running.get(service) ?? [];
  const all = () => [...running.values()].flat();
  const scale = async (service: ServiceName, count: number) => {
    const own = running.get(service) ?? [];
    running.set(service, own);
    while (own.length < count) {
      const number = own.length + ended.length + 1;
      const instance = await newInstance(stack, definitionOf(service), env, own.length === 0 ? null : number);
      if (own.length === 0 && older !== null && hasService(older, definitionOf(service)))
        instance.runFrom(older);
      own.push(instance);
      instance.start();
    }
    const superfluous = own.splice(Math.max(1, count));
    ended.push(...superfluous);
    await Promise.all(superfluous.map((instance) => instance.stop()));
  };
  return {
    older,
    services: definitions.map((d) => d.name),
    groups: definitions.map((d) => d.name).filter((n) => !WITHOUT_GROUP.has(n)),
    instances,
    all,
    one(service) {
      const [first] = instances(service);
      if (first === undefined) throw new Error(`${service} was not started`);
      return first;
    },
    scale,
    async mend() {
      for (const instance of all()) {
        instance.thaw();
        instance.start();
      }
      await Promise.all(all().map((instance) => instance.ready()));
    },
    async stop() {
      for (const instance of all()) instance.thaw();
      await Promise.all(all().map((instance) => instance.stop()));
    },
    crashes: () => {
      const counted = [...all(), ...ended].filter((i) => i.crashes() > 0);
      return Object.fromEntries(counted.map((i) => [i.name, i.crashes()]));
    },
  };
}

/** A service that is newer than the older version starts as what it is. */
const hasService = (directory: string, { name, program = name }: ServiceDefinition): boolean =>
  existsSync(path.join(directory, 'services', program, 'src', 'main.ts'));

const WITHOUT_GROUP: ReadonlySet<ServiceName> = new Set([
  'ingest-gateway',
  'drift-monitor',
  'reconciler',
  'job-runner',
  'query-api',
]);

/** The first instance has the service's own port and settings; further ones ports of their own, and a gateway a spool of its own. */
async function newInstance(
  stack: Stack,
  definition: ServiceDefinition,
  env: Environment,
  number: number | null,
): Promise<Instance> {
  const { name, program = name } = definition;
  const own = definition.env(stack, env);
  const port = number === null ? stack.settings.ports[definition.port] : await freePort();
  const instanceName = number === null ? name : `${name}-${number}`;
  const spool = own['SPOOL_DIR'];
  return createInstance({
    name: instanceName,
    command: [process.execPath, ...serviceArgs(program)],
    cwd: REPO_DIR,
    env: {
      ...stack.env,
      ...own,
      ...(number === null || spool === undefined ? {} : { SPOOL_DIR: `${spool}-${number}` }),
      HOST: LOOPBACK,
      PORT: String(port),
      ...processMark(stack.settings.dataDir, instanceName),
    },
    url: `http://${LOOPBACK}:${port}`,
    logFile: path.join(stack.settings.dataDir, 'logs', `${instanceName}.log`),
  });
}
