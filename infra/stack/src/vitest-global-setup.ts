import fs from 'node:fs';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { StackError } from './errors.ts';
import { kafkaTlsOf } from './native/kafka-tls.ts';
import { LOOPBACK, PART_NAMES } from './parts.ts';
import type { OnProgress } from './progress.ts';
import { openStack, REPO_DIR, type Stack } from './stack.ts';
import { type TestSlot, takeTestSlot } from './test-slot.ts';
import { writeCertificates } from './testing/certificates.ts';
import type { TestStack, TestTls } from './use-test-stack.ts';

/**
 * One fresh stack for all integration tests of a run. What a killed run left is stopped and cleared first; its data stays after
 * the run, for looking at logs. FINEPRINT_TEST_PARTS=kafka,registry starts only those.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const taken: TestSlot[] = [];
  for (;;) {
    const slot = takeTestSlot(REPO_DIR);
    taken.push(slot);
    try {
      const stop = await startIn(slot, project);
      return async () => {
        await stop();
        for (const { lock } of taken) lock.release();
      };
    } catch (error) {
      // Another checkout has the same ports: the next ones may be free. When all are taken, `takeTestSlot` says so.
      if (!(error instanceof StackError && error.code === 'PORT_TAKEN')) throw error;
    }
  }
}

async function startIn(slot: TestSlot, project: TestProject): Promise<() => Promise<void>> {
  const commandEnv = {
    FINEPRINT_DATA_DIR: slot.dataDir,
    FINEPRINT_PORT_OFFSET: String(slot.portOffset),
    FINEPRINT_TLS_DIR: path.join(slot.dataDir, 'tls'),
  };
  const env = { ...process.env, ...commandEnv };
  const left = await openStack(env);
  await left.erase(report);
  fs.rmSync(slot.dataDir, { recursive: true, force: true });
  writeCertificates(env.FINEPRINT_TLS_DIR);
  const stack = await openStack(env);
  const wanted = process.env['FINEPRINT_TEST_PARTS']?.split(',');
  const parts = PART_NAMES.filter((part) => wanted === undefined || wanted.includes(part));
  try {
    await stack.up({ parts, onProgress: report });
  } catch (error) {
    await stack.down(report);
    throw error;
  }
  const { endpoints, settings } = stack;
  const { ports, portOffset, dataDir } = settings;
  const tls = stack.provider === 'native' ? testTls(stack) : undefined;
  const provided: TestStack = { endpoints, env: stack.env, commandEnv, ports, portOffset, dataDir, tls };
  project.provide('fineprintStack', provided);
  return () => stack.down(report);
}

const testTls = ({ settings, secrets }: Stack): TestTls | undefined => {
  const kafka = kafkaTlsOf(settings, secrets, settings.dataDir);
  if (kafka === undefined || settings.tlsDir === undefined) return undefined;
  return {
    kafkaBrokers: `${LOOPBACK}:${kafka.port}`,
    kafkaUsername: kafka.username,
    kafkaPassword: kafka.password,
    directory: settings.tlsDir,
  };
};

const report: OnProgress = ({ name, state, detail, elapsedMs }) => {
  if (state === 'starting' || state === 'stopping' || state === 'stopped') return;
  const took = elapsedMs === undefined ? '' : ` in ${(elapsedMs / 1000).toFixed(1)} s`;
  process.stderr.write(`[stack] ${name} ${state}${took}${detail === undefined ? '' : ` (${detail})`}\n`);
};
