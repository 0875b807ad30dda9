import type { CapacityPlan } from '@fineprint/capacity';
import pc from '../colors.ts';
import { bytes, count } from '../format.ts';
import { table } from '../table.ts';

/** As much of it as says something. */
const cores = (n: number): string => (n >= 10 ? count(Math.ceil(n)) : n.toFixed(2));
const perSecond = (n: number): string => `${bytes(n)}/s`;

/** A plan for people: services, topics, parts, and what to know of it. */
export function renderPlan(plan: CapacityPlan): string {
  const { demand, kafka, partitions, figures } = plan;
  const { eventsPerSecond, aiShare, headroom, replication } = demand;
  return [
    `${pc.bold(`${count(eventsPerSecond)} events a second`)}, ${Math.round(aiShare * 100)} % of them AI requests; processes busy to ${Math.round(headroom * 100)} %`,
    pc.dim(`measured ${figures.date} on ${figures.cores} cores: ${figures.command}`),
    '',
    renderServices(plan),
    `${pc.bold('Kafka')}: ${kafka.brokers} brokers, ${cores(kafka.cores)} cores in all, ${partitions} partitions per topic, ${replication} copies`,
    `in ${perSecond(kafka.inBytesPerSecond)}, between brokers ${perSecond(kafka.replicationBytesPerSecond)}, out ${perSecond(kafka.outBytesPerSecond)}; disk ${bytes(kafka.diskBytesPerDay)} a day, ${bytes(kafka.diskBytes)} kept`,
    '',
    renderTopics(plan),
    renderStores(plan),
    ...plan.warnings.map((warning) => `${pc.yellow('!')} ${warning}`),
  ].join('\n');
}

function renderServices({ services }: CapacityPlan): string {
  const total = services.reduce((sum, s) => sum + s.cores, 0);
  const instances = services.reduce((sum, s) => sum + s.instances, 0);
  return table(
    ['service', 'records/s', 'cores', 'instances', 'memory each'],
    [
      ...services.map((s) => [
        s.service,
        count(Math.round(s.recordsPerSecond)),
        cores(s.cores),
        pc.green(count(s.instances)),
        bytes(s.memoryMiB * 2 ** 20),
      ]),
      [pc.dim('all'), '', cores(total), count(instances), ''],
    ],
  );
}

function renderTopics({ kafka }: CapacityPlan): string {
  return table(
    ['topic', 'in', 'out', 'kept', 'disk, all copies'],
    kafka.topics.map((t) => [
      t.topic,
      perSecond(t.inBytesPerSecond),
      perSecond(t.outBytesPerSecond),
      `${t.retentionHours} h`,
      bytes(t.diskBytes),
    ]),
  );
}

function renderStores({ stores }: CapacityPlan): string {
  return table(
    ['store', 'cores', 'a day', 'in all', 'for'],
    stores.map((s) => [
      s.store,
      cores(s.cores),
      s.bytesPerDay === null ? '' : bytes(s.bytesPerDay),
      bytes(s.bytes),
      s.keeps,
    ]),
  );
}
