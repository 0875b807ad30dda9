import {
  openStack,
  REPO_DIR,
  type Requirement,
  requirements,
  resolveSettings,
  type Stack,
  StackError,
} from '@fineprint/stack';
import type { TopicName } from '@fineprint/topology';
import pc from '../colors.ts';
import { connectToKafka } from '../kafka-connection.ts';
import { printJson, printText } from '../output.ts';
import { readProcesses } from '../status/read-status.ts';
import { checksOf } from './checks.ts';

/** The `doctor` command: what the machine lacks, what of the running stack does not answer, how to mend both. */
export async function runDoctor(options: { json?: true }): Promise<void> {
  const settings = resolveSettings(process.env, REPO_DIR);
  const checks = [...(await requirements(settings)), ...(await stackChecks())];
  const ok = checks.every((check) => check.ok);
  if (options.json) await printJson({ ok, platform: `${process.platform}-${process.arch}`, checks });
  else await printText(renderChecks(checks));
  if (!ok) process.exitCode = 1;
}

/** Only of a stack that runs: one that was not started is not ill. */
async function stackChecks(): Promise<Requirement[]> {
  let stack: Stack;
  try {
    stack = await openStack();
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    return [{ check: 'stack', ok: false, detail: error.message, fix: error.fix }];
  }
  const processes = await readProcesses(stack);
  const running = processes.some((p) => p.state !== 'stopped');
  if (!running) return [{ check: 'stack', ok: true, detail: 'not running; npm start starts it' }];
  const kafka = processes.find((p) => p.name === 'kafka');
  return [...checksOf(processes), ...(kafka?.state === 'ready' ? await topicChecks(stack) : [])];
}

async function topicChecks(stack: Stack): Promise<Requirement[]> {
  const { topics } = await import('@fineprint/topology');
  const admin = await (await connectToKafka(stack)).admin();
  try {
    const problems = await admin.topicProblems(Object.keys(topics) as TopicName[]);
    if (problems.length === 0) return [{ check: 'topics', ok: true, detail: 'as declared' }];
    return problems.map(({ message }) => ({
      check: 'topics',
      ok: false,
      detail: message,
      fix: 'npm run -s fineprint -- topics plan, then topics apply',
    }));
  } finally {
    await admin.close();
  }
}

export function renderChecks(checks: readonly Requirement[]): string {
  const width = Math.max(...checks.map((c) => c.check.length));
  return checks
    .map(({ check, ok, detail, fix }) => {
      const line = `${ok ? pc.green('✓') : pc.red('✗')} ${check.padEnd(width)}  ${detail}`;
      return fix === undefined ? line : `${line}\n${pc.cyan('→')} ${fix.replaceAll('\n', '\n  ')}`;
    })
    .join('\n');
}
