import type { ProcessStatus, Stack } from '@fineprint/stack';
import type { TopicAdmin } from '@fineprint/stream-runtime';
import { type PartitionLag, readLag } from '@fineprint/stream-runtime/lag';
import { connectToKafka } from '../kafka-connection.ts';
import { wantedServices } from '../services.ts';
import { readMemory } from './memory.ts';
import { type ReadyReason, readReady } from './ready-reasons.ts';

export interface ProcessReport {
  readonly name: string;
  readonly tier: 'part' | 'service';
  readonly state: 'ready' | 'not-ready' | 'stopped';
  readonly pid: number | null;
  readonly url: string | null;
  readonly uptimeMs: number | null;
  readonly rssBytes: number | null;
  readonly reasons: readonly ReadyReason[];
  readonly logFile: string | null;
}

export interface StackReport {
  readonly provider: string;
  readonly dataDir: string;
  readonly ready: boolean;
  readonly processes: readonly ProcessReport[];
  /** Null where Kafka cannot be asked. */
  readonly lag: readonly PartitionLag[] | null;
}

/** Everything about a stack that can be known from outside. */
export async function readStatus(stack: Stack): Promise<StackReport> {
  const processes = await readProcesses(stack);
  const kafkaReady = processes.some((p) => p.name === 'kafka' && p.state === 'ready');
  const lag = kafkaReady ? await withAdmin(stack, readLag) : null;
  return {
    provider: stack.provider,
    dataDir: stack.settings.dataDir,
    ready: processes.every((p) => p.state === 'ready'),
    processes,
    lag,
  };
}

/** Lag is told as unknown rather than letting the whole status fail. */
async function withAdmin<T>(stack: Stack, work: (admin: TopicAdmin) => Promise<T>): Promise<T | null> {
  try {
    const admin = await (await connectToKafka(stack)).admin();
    return await work(admin).finally(() => admin.close());
  } catch {
    return null;
  }
}

export async function readProcesses(stack: Stack): Promise<ProcessReport[]> {
  const [statuses, memory] = await Promise.all([stack.status(), readMemory()]);
  const known = new Set(statuses.map((s) => s.name));
  const missing = wantedServices()
    .filter((service) => !known.has(service.name))
    .map((service): ProcessStatus => ({ name: service.name, tier: 'service', state: 'stopped', ports: [] }));
  return Promise.all(
    [...statuses, ...missing].map(async (status): Promise<ProcessReport> => {
      const { pid } = status;
      return {
        name: status.name,
        tier: status.tier,
        state: status.state,
        pid: pid ?? null,
        url: status.url ?? null,
        uptimeMs: status.startedAt === undefined ? null : Date.now() - Date.parse(status.startedAt),
        rssBytes: (pid === undefined ? undefined : memory(pid)) ?? null,
        reasons: await reasonsFor(status),
        logFile: status.logFile ?? null,
      };
    }),
  );
}

/** A service says itself what it lacks, also while it is ready (then: what is degraded). */
async function reasonsFor(status: ProcessStatus): Promise<readonly ReadyReason[]> {
  const own =
    status.tier === 'service' && status.state !== 'stopped' && status.url !== undefined
      ? ((await readReady(status.url))?.reasons ?? [])
      : [];
  if (own.length > 0 || status.state === 'ready') return own;
  return [{ code: status.state, message: status.detail ?? 'not started' }];
}
