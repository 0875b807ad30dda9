import { createHash } from 'node:crypto';
import { labs, runChaos } from '@fineprint/chaos';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wantedServices } from '../services.ts';
import { type ChaosStack, openChaosStack } from './chaos-stack.ts';

/** What `fineprint chaos --labs input` does, beside a little load: some labs in each run, chosen by the seed. */
const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const MINUTE_MS = 60_000;
const LABS = 5;

const rankOf = (name: string) => createHash('sha256').update(`${SEED}/${name}`).digest('hex');
const input = labs
  .filter((lab) => lab.kind === 'input')
  .sort((a, b) => rankOf(a.name).localeCompare(rankOf(b.name)))
  .slice(0, LABS);

let opened: ChaosStack;
beforeAll(async () => {
  opened = await openChaosStack(() => undefined);
}, 4 * MINUTE_MS);
afterAll(async () => {
  await opened?.close({ keep: false });
}, 2 * MINUTE_MS);

test(
  `whatever a producer, a reader or an attacker sends, every check holds and nothing is lost or doubled (seed ${SEED})`,
  async () => {
    const report = await runChaos(
      { ...opened, services: wantedServices },
      {
        seed: SEED,
        labs: input,
        once: true,
        durationMs: MINUTE_MS,
        warmUpMs: 1_000,
        rate: 50,
        restWithinMs: 4 * MINUTE_MS,
        onProgress: () => undefined,
      },
    );
    expect(report.checks.filter((check) => !check.holds)).toEqual([]);
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({
      passed: true,
      lost: 0,
      duplicated: 0,
      unknown: 0,
      pii_found: 0,
      crashes: {},
    });
    expect(report.labs).toEqual(input.map((lab) => lab.name));
    expect(Object.keys(report.figures)).toEqual(report.labs);
    expect(report.garbage.dead_lettered).toBe(report.garbage.sent);
  },
  12 * MINUTE_MS,
);
