import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { REPO_DIR, type Stack } from '@fineprint/stack';
import { javaCommand } from '@fineprint/stack/java';
import { partsFolder } from '@fineprint/stack/parts-folder';
import { outputOf } from './wrk.ts';

const DOWNLOAD_MS = 300_000;
const RUN_MS = 300_000;
const RECORD_BYTES = 300;
/** With these the tool was fastest here: large batches, a little patience. */
const TUNED = ['acks=all', 'batch.size=262144', 'linger.ms=10', 'buffer.memory=67108864'];

/** Records a second that Kafka's own perf tool writes to a topic, acks=all, 300 bytes each. */
export async function brokerLimit(
  { settings, endpoints }: Pick<Stack, 'settings' | 'endpoints'>,
  topic: string,
  records: number,
): Promise<number> {
  const jars = path.join(partsFolder(settings.partsDir), 'kafka');
  const tools = await toolsJar(jars);
  const args = ['-cp', `${path.join(jars, '*')}:${tools}`, 'org.apache.kafka.tools.ProducerPerformance'];
  const run = ['--topic', topic, '--num-records', String(records), '--record-size', String(RECORD_BYTES)];
  const props = [...TUNED, `bootstrap.servers=${endpoints.kafkaBrokers}`].flatMap((p) => [
    '--command-property',
    p,
  ]);
  const out = await outputOf(
    javaCommand(process.env),
    [...args, ...run, '--throughput', '-1', ...props],
    RUN_MS,
  );
  const last = out.trim().split('\n').at(-1) ?? '';
  const perSecond = Number(/sent, ([\d.]+) records\/sec/.exec(last)?.[1]);
  if (!(perSecond > 0)) throw new Error(`the perf tool said: ${last}`);
  return Math.round(perSecond);
}

/** Not part of what a broker needs, so only brought for this. */
async function toolsJar(jars: string): Promise<string> {
  const version = readdirSync(jars)
    .map((file) => /^kafka-clients-(.+)\.jar$/.exec(file)?.[1])
    .find((found) => found !== undefined);
  const folder = path.join(REPO_DIR, '.fineprint', 'bench-tools');
  const jar = path.join(folder, `kafka-tools-${version}.jar`);
  if (existsSync(jar)) return jar;
  mkdirSync(folder, { recursive: true });
  const artifact = `-Dartifact=org.apache.kafka:kafka-tools:${version}`;
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';
  await outputOf('mvn', ['-q', '-B', goal, artifact, `-DoutputDirectory=${folder}`], DOWNLOAD_MS);
  return jar;
}
