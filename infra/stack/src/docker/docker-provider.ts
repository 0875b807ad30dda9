import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from '../errors.ts';
import { PART_NAMES, type PartName } from '../parts.ts';
import { endpointChecks } from '../probes/endpoint-checks.ts';
import type { OnProgress } from '../progress.ts';
import type { Provider, ProviderContext } from '../provider.ts';
import { runCommand } from '../run-command.ts';
import { portTaken } from '../supervisor/port-check.ts';
import { checkReady } from '../supervisor/ready.ts';
import type { ProcessStatus } from '../supervisor/supervisor.ts';
import { composeArgs, composeEnv, parseContainers, partOfPort, takenPort } from './compose.ts';

const PULL_AND_START_TIMEOUT_MS = 15 * 60_000;
const COMMAND_TIMEOUT_MS = 2 * 60_000;
const ANSWER_TIMEOUT_MS = 60_000;
const SHOWN_LINES = 20;

/** The parts as containers of docker-compose.kafka.yml. */
export const dockerProvider: Provider = {
  name: 'docker',

  async up(context, parts, onProgress) {
    const startedAtMs = Date.now();
    for (const name of parts) onProgress({ name, state: 'starting', detail: 'container' });
    await compose(context, ['up', '--detach', '--wait', ...parts], PULL_AND_START_TIMEOUT_MS);
    await Promise.all(parts.map((part) => untilAnswers(context, part, onProgress, startedAtMs)));
  },

  async down(context, onProgress) {
    for (const name of PART_NAMES) onProgress({ name, state: 'stopping' });
    await compose(context, ['down'], COMMAND_TIMEOUT_MS); // without --volumes: data stays
    for (const name of PART_NAMES) onProgress({ name, state: 'stopped' });
  },

  async erase(context) {
    await compose(context, ['down', '--volumes'], COMMAND_TIMEOUT_MS);
  },

  async status(context) {
    const containers = parseContainers(
      await compose(context, ['ps', '--all', '--format', 'json'], COMMAND_TIMEOUT_MS),
    );
    const running = new Set(containers.filter((c) => c.State === 'running').map((c) => c.Service));
    return Promise.all(PART_NAMES.map((part) => statusOf(context, part, running.has(part))));
  },
};

async function untilAnswers(
  context: ProviderContext,
  part: PartName,
  onProgress: OnProgress,
  startedAtMs: number,
): Promise<void> {
  const check = endpointChecks(context.endpoints, true)[part];
  const deadline = Date.now() + ANSWER_TIMEOUT_MS;
  for (;;) {
    const problem = await checkReady(check);
    if (problem === undefined) break;
    if (Date.now() >= deadline) {
      onProgress({ name: part, state: 'failed' });
      throw new StackError(
        'READY_TIMEOUT',
        `${part}'s container is healthy, but it does not answer on this machine (${problem}).`,
        `Look at \`docker ps\` and \`docker logs\`; with a remote engine use FINEPRINT_PROVIDER=external.`,
      );
    }
    await sleep(500);
  }
  onProgress({ name: part, state: 'ready', elapsedMs: Date.now() - startedAtMs });
}

async function statusOf(context: ProviderContext, part: PartName, running: boolean): Promise<ProcessStatus> {
  const { settings, endpoints } = context;
  const known = { name: part, tier: 'part', ports: [settings.ports[part]] } as const;
  if (!running) return { ...known, state: 'stopped' };
  const problem = await checkReady(endpointChecks(endpoints, true)[part]);
  return problem === undefined
    ? { ...known, state: 'ready' }
    : { ...known, state: 'not-ready', detail: problem };
}

async function compose(
  { settings, secrets }: ProviderContext,
  args: string[],
  timeoutMs: number,
): Promise<string> {
  const env = { ...process.env, ...composeEnv(settings, secrets) };
  const result = await runCommand('docker', [...composeArgs(settings), ...args], timeoutMs, { env });
  if (result.code === 0) return result.stdout;
  const port = takenPort(result.output);
  if (port !== undefined) throw portTaken(partOfPort(settings, port) ?? 'a container', port);
  const lines = result.output.split('\n').slice(-SHOWN_LINES);
  throw new StackError(
    'DOCKER_FAILED',
    `docker compose ${args[0]} failed:\n${lines.map((line) => `  | ${line}`).join('\n')}`,
    `See \`docker ${[...composeArgs(settings), 'logs'].join(' ')}\`, or use FINEPRINT_PROVIDER=native.`,
  );
}
