import path from 'node:path';
import { appendActs } from '@fineprint/audit-log';
import { restoreBackup, tryBackup } from '@fineprint/backup';
import { requestRun } from '@fineprint/jobs';
import { reopenErasures } from '@fineprint/privacy';
import type { Stack } from '@fineprint/stack';
import { actByUs } from '../audit-log/record-command.ts';
import type { RestoreOptions } from '../commands/backup.ts';
import { bytes, count } from '../format.ts';
import { openLocalStack } from '../open-stack.ts';
import { userPath } from '../options.ts';
import { printJson, printText } from '../output.ts';
import { withBackupPorts } from './open-ports.ts';
import { summaryOf, totalsOf } from './run-backup.ts';

export async function runRestore(folder: string, options: RestoreOptions): Promise<void> {
  const dir = userPath(folder);
  const stack = await openLocalStack();
  await (options.verify ? verify(stack, dir, options) : restore(stack, dir, options));
}

async function verify(stack: Stack, dir: string, options: RestoreOptions): Promise<void> {
  const manifest = await withBackupPorts(stack, (ports) => tryBackup(ports, dir));
  if (options.json) return printJson({ ...summaryOf(dir, manifest), verified: true });
  const { rows, size } = totalsOf(manifest);
  await printText(
    `${count(rows)} rows of ${manifest.files.length} tables (${bytes(size)}) were read, loaded beside what is there, and compared: this backup can be restored. Nothing was changed.`,
  );
}

/** Whatever of the parts has no tables yet gets them first. */
async function restore(stack: Stack, dir: string, options: RestoreOptions): Promise<void> {
  const { migrateClickHouse, migratePostgres } = await import('@fineprint/migrations');
  const { endpoints } = stack;
  if (stack.provider !== 'external') await stack.up();
  await migrateClickHouse({
    url: endpoints.clickhouseUrl,
    username: endpoints.clickhouseUsername,
    password: endpoints.clickhousePassword,
  });
  await migratePostgres(endpoints.databaseUrl);
  let reopened = 0;
  const { manifest, movedPartitions, expired } = await withBackupPorts(stack, (ports) =>
    restoreBackup(ports, dir, {
      replace: options.replace === true,
      acceptLoss: options.acceptLoss === true,
      stopServices: () => stopServices(stack),
      async record(client, { startedAt }) {
        await appendActs(client, [actByUs({ action: 'cli restore', object: path.basename(dir) })]);
        reopened = await reopenErasures(client, new Date(startedAt));
        if (reopened > 0) await requestRun(client, 'privacy-requests', 'restore');
      },
    }),
  );
  if (options.json)
    return printJson({
      ...summaryOf(dir, manifest),
      moved_partitions: movedPartitions,
      reopened_erasures: reopened,
      expired: expired.map(({ group, topic, partition, from, to }) => ({
        group,
        topic,
        partition,
        from,
        to,
      })),
    });
  const { rows } = totalsOf(manifest);
  const lost = expired.map(
    (e) => `\n${e.topic}/${e.partition}: offsets ${e.from} to ${e.to - 1} are not in Kafka any more.`,
  );
  const again =
    reopened === 0
      ? ''
      : `\n${count(reopened)} erasures that ended since are done again once job-runner runs.`;
  await printText(
    `${count(rows)} rows of ${manifest.files.length} tables are back as they were at ${manifest.startedAt}; ${movedPartitions} positions of consumer groups went back with them.${lost.join('')}${again}
Start the services: npm start. They load what came after it; then: npm run -s fineprint -- audit`,
  );
}

/** Of a local stack; the gateway stays and takes events. Elsewhere whoever runs them stops them. */
async function stopServices(stack: Stack): Promise<void> {
  const running = (await stack.status()).filter((s) => s.tier === 'service' && s.state !== 'stopped');
  const names = running.map((s) => s.name).filter((name) => name !== 'ingest-gateway');
  if (names.length > 0) await stack.stop(names);
}
