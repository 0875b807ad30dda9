/**
 * Throughput of each stage with 1, 2 or 4 processes, and whether the capacity model tells the truth: it is given what a record cost
 * one process and has to tell the CPU time of the others within 20 %. Fails where it does not, or where the books do not balance.
 *
 *   npm run -s fineprint -- bench scale [--consumers 1,2,4] [--stages scrubber,loader] [--rounds 2] [--events 200000] [--json]
 */
import { randomBytes } from 'node:crypto';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { auditAtRest } from './dag/audit-at-rest.ts';
import { openBenchStack } from './pauses/bench-stack.ts';
import { startInstance } from './pauses/instance.ts';
import { compare, type Run } from './scale/compare.ts';
import { drain } from './stages/drain.ts';
import { fill } from './stages/fill.ts';
import { saveFunnels } from './stages/save-funnels.ts';

const { values } = parseArgs({
  options: {
    consumers: { type: 'string', default: '1,2' },
    rounds: { type: 'string', default: '2' },
    events: { type: 'string', default: '200000' },
    stages: { type: 'string', default: 'scrubber,aggregator,funnels,loader' },
    json: { type: 'boolean', default: false },
  },
});
const EVENTS = Number(values.events);
const FUNNELS = 10;
const FIRST_PORT_BASE = 3_180;
const WITHIN_PERCENT = 20;

/** In the order of the pipeline: each reads what the ones before have written. */
const STAGES = [
  { stage: 'scrubber', service: 'pii-scrubber', records: EVENTS * 2 },
  { stage: 'aggregator', service: 'ai-aggregator', records: EVENTS },
  { stage: 'funnels', service: 'funnel-builder', records: EVENTS },
  { stage: 'loader', service: 'warehouse-loader', records: EVENTS * 2 },
] as const;

const chosen = values.stages.split(',');
const unknown = chosen.find((name) => !STAGES.some(({ stage }) => stage === name));
if (unknown !== undefined)
  throw new Error(`${unknown} is none of ${STAGES.map(({ stage }) => stage).join(', ')}`);
const say = (text: string) => process.stderr.write(`${text}\n`);
const { stack, close } = await openBenchStack('scale');
const { endpoints } = stack;
const firstPort = FIRST_PORT_BASE + stack.settings.portOffset;
const env = { ...stack.env, PII_PSEUDONYM_KEY: randomBytes(16).toString('hex') };

async function runStage(
  { stage, service, records }: (typeof STAGES)[number],
  consumers: number,
): Promise<Run> {
  const instances = Array.from({ length: consumers }, (_, i) => startInstance(service, firstPort + i, env));
  try {
    const { records_per_second, records_per_core } = await drain(instances, records);
    return { stage, service, consumers, records_per_second, records_per_core };
  } finally {
    await Promise.all(instances.map((instance) => instance.stop()));
  }
}

const runs: Run[] = [];
let books = null;
try {
  await saveFunnels(endpoints.databaseUrl, FUNNELS);
  for (let round = 1; round <= Number(values.rounds); round++)
    for (const consumers of values.consumers.split(',').map(Number)) {
      say(`round ${round}, ${consumers} of each: writing ${EVENTS} events of each kind …`);
      await fill(endpoints, 'product.events.raw', EVENTS);
      await fill(endpoints, 'ai.requests.raw', EVENTS);
      for (const stage of STAGES) {
        const isChosen = chosen.includes(stage.stage);
        // Where only others are measured, the scrubber still has to write what they read.
        if (!isChosen && stage.stage !== 'scrubber') continue;
        const run = await runStage(stage, isChosen ? consumers : 1);
        if (isChosen) runs.push(run);
        say(JSON.stringify(run));
      }
    }
  books = await auditAtRest(stack, firstPort, env);
} finally {
  await close();
}

const comparisons = compare(runs);
const report = { what: 'scale', cores: cpus().length, load_average: loadavg()[0], runs, comparisons, books };
if (values.json) console.log(JSON.stringify(report, null, 2));
else console.table(comparisons);
const off = comparisons.filter(({ off_percent }) => Math.abs(off_percent) > WITHIN_PERCENT);
for (const { stage, consumers, off_percent } of off)
  say(`${stage} with ${consumers}: the model is off by ${off_percent} %`);
if (off.length > 0) process.exitCode = 1;
