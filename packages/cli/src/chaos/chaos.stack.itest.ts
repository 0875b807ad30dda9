import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { labs, runChaos, type Target } from '@fineprint/chaos';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wantedServices } from '../services.ts';
import { type ChaosStack, openChaosStack } from './chaos-stack.ts';

/** A little of what `fineprint chaos` does: the same engine, stack, load and judge. */
const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const SHOWN = ['kill-service', 'redis-flush', 'kill-service', 'garbage', 'kill-service'];
const MINUTE_MS = 60_000;
/** Of what a producer, a reader or an attacker may send, one lab, another each time; `chaos --labs input` runs all. */
const rankOf = (name: string) => createHash('sha256').update(`${SEED}/${name}`).digest('hex');
const input = labs
  .filter((lab) => lab.kind === 'input')
  .sort((a, b) => rankOf(a.name).localeCompare(rankOf(b.name)))
  .slice(0, 1);
const named = (name: string) => labs.filter((lab) => lab.name === name);
const chosen = [...SHOWN.flatMap(named), ...input];

let opened: ChaosStack;
beforeAll(async () => {
  opened = await openChaosStack(() => undefined);
}, 4 * MINUTE_MS);
afterAll(async () => {
  await opened?.close({ keep: false });
}, 2 * MINUTE_MS);

async function statement(target: Target, query: string): Promise<void> {
  const { clickhouseUrl, clickhouseUsername, clickhousePassword } = target.stack.endpoints;
  const answer = await fetch(`${clickhouseUrl}/?database=fineprint&mutations_sync=2`, {
    method: 'POST',
    headers: { 'x-clickhouse-user': clickhouseUsername, 'x-clickhouse-key': clickhousePassword },
    body: query,
  });
  expect({ status: answer.status, said: await answer.text() }).toEqual({ status: 200, said: '' });
}

const anyId = async (target: Target, table: string): Promise<string> => {
  const [row] = await target.sql<{ id: string }>(`SELECT toString(min(event_id)) AS id FROM ${table}`);
  return row?.id ?? '';
};

test(
  `services killed, Redis emptied, garbage and attacks in between: nothing lost or doubled; and the judge sees what is (seed ${SEED})`,
  async () => {
    const made = { lost: '', doubled: '' };
    const report = await runChaos(
      { ...opened, services: wantedServices },
      {
        seed: SEED,
        labs: chosen,
        once: true,
        durationMs: 30_000,
        warmUpMs: 1_000,
        rate: 50,
        restWithinMs: 4 * MINUTE_MS,
        onProgress: () => undefined,
        async beforeJudging(target, judgeNow) {
          expect(await judgeNow()).toMatchObject({
            lost: [],
            duplicated: [],
            unknown: [],
            outOfOrder: [],
            aggregates: [],
            personalData: [],
          });
          // Now harm is done behind the product's back.
          made.lost = await anyId(target, 'product_events');
          await statement(target, `ALTER TABLE product_events DELETE WHERE event_id = '${made.lost}'`);
          made.doubled = await anyId(target, 'ai_requests');
          await statement(
            target,
            `INSERT INTO ai_requests SELECT * FROM ai_requests WHERE event_id = '${made.doubled}'`,
          );
          const log = path.join(opened.stack.settings.dataDir, 'logs', 'pii-scrubber.log');
          appendFileSync(log, '{"msg":"seen kim.planted@planted-pii.example"}\n');
        },
      },
    );
    expect(report).toMatchObject({
      passed: false,
      seed: SEED,
      lost: 1,
      duplicated: 1,
      out_of_order: 0,
      unknown: 0,
    });
    expect(report.pii_found).toBe(1);
    expect(report.findings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ what: 'lost', where: 'product_events', id: made.lost }),
        expect.objectContaining({ what: 'duplicated', where: 'ai_requests', id: made.doubled }),
        expect.objectContaining({ what: 'personal_data', where: 'pii-scrubber.log' }),
      ]),
    );
    expect(report.checks.filter((check) => !check.holds)).toEqual([]);
    expect(new Set(report.labs)).toEqual(new Set(chosen.map((lab) => lab.name)));
    expect(report.faults.length).toBeGreaterThanOrEqual(chosen.length);
    expect(report.garbage.dead_lettered).toBe(report.garbage.sent);
  },
  15 * MINUTE_MS,
);
