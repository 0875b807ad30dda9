import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  helmPython,
  type ImageTree,
  makeImageTree,
  manifestProblems,
  prepareTree,
  renderChart,
  runInImage,
  runsAsOther,
  startInImage,
} from '@fineprint/deploy/testing';
import { type MissionContext, type MissionRow, same } from '../mission/row.ts';

const READY_WITHIN_MS = 60_000;
const AT_A_TIME = 3;

/** The chart, as Helm itself renders it. */
async function checkChart(): Promise<string> {
  const python = await helmPython();
  if (python === undefined) return 'the chart was not rendered: no Python for the Helm library';
  const manifests = await renderChart(python, { keda: { enabled: true }, serviceMonitor: { enabled: true } });
  same('what Kubernetes would refuse', manifests.flatMap(manifestProblems), []);
  const gateway = manifests.find(
    (m) => m.kind === 'Deployment' && m.metadata.name.endsWith('ingest-gateway'),
  );
  same('replicas', gateway?.spec['replicas'], 3);
  return `Helm renders ${manifests.length} objects, all valid, the document's 3 replicas and port 3007 among them`;
}

/** Every program of the image loads with what was installed for production, and says what it lacks. */
async function checkPrograms(tree: ImageTree): Promise<number> {
  const programs = [...(await readdir(path.join(tree.app, 'services'))), 'setup'];
  const rest = [...programs];
  const worker = async () => {
    for (let program = rest.shift(); program !== undefined; program = rest.shift()) {
      const { code, out } = await runInImage(tree, [program, '--check-config'], {});
      same(`${program} --check-config`, [code, /problems? in the environment/.test(out)], [2, true]);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  const unknown = await runInImage(tree, ['no-such-service'], {});
  same('a service that is not there', [unknown.code, unknown.out.includes('ingest-gateway')], [2, true]);
  return programs.length;
}

/** The gateway out of the image, beside the one that runs: an event through it is stored once. */
async function checkRunning(context: MissionContext, tree: ImageTree): Promise<void> {
  const setup = await runInImage(tree, ['setup', 'topics'], {
    ...context.serviceEnv,
    KAFKA_REPLICATION_FACTOR: '1',
  });
  same('setup topics', [setup.code, setup.out.includes('0 created')], [0, true]);
  const port = await freePort();
  const env = { ...context.serviceEnv, PORT: String(port), SPOOL_DIR: path.join(tree.tmp, 'spool') };
  const gateway = startInImage(tree, [], { ...env, FINEPRINT_SERVICE: 'ingest-gateway' });
  let log = '';
  for (const stream of [gateway.stdout, gateway.stderr])
    stream?.on('data', (chunk) => (log += String(chunk)));
  try {
    const url = `http://127.0.0.1:${port}`;
    await context.eventually(READY_WITHIN_MS, async () => {
      if (gateway.exitCode !== null) throw new Error(`the gateway ended: ${log.slice(-1_000)}`);
      same('/ready', (await fetch(`${url}/ready`)).status, 200);
    });
    same('/health', (await fetch(`${url}/health`)).status, 200);
    const sent = await fetch(`${url}/api/v1/product/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${context.gateway.writeKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ event_name: context.run, user_id: `${context.run}-r28` }),
    });
    same('POST events', sent.status, 202);
    await context.eventually(READY_WITHIN_MS, async () => {
      const [row] = await context.sql<{ n: string }>(
        'SELECT count() AS n FROM fineprint.product_events WHERE event_name = {name:String} AND user_id = {user:String}',
        { name: context.run, user: `${context.run}-r28` },
      );
      same('stored', Number(row?.n), 1);
    });
    same('the code of its end', await endOf(gateway, 'SIGTERM'), 0);
  } finally {
    await endOf(gateway, 'SIGKILL');
  }
}

function endOf(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.kill(signal);
  return ended;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export const deploy: MissionRow = {
  row: 28,
  name: 'Deploy',
  async check(context) {
    const folder = await mkdtemp(path.join(tmpdir(), 'fineprint-image-'));
    const tree = { app: path.join(folder, 'app'), tmp: path.join(folder, 'tmp') };
    try {
      const chart = await checkChart();
      await makeImageTree(tree.app);
      prepareTree(tree);
      const programs = await checkPrograms(tree);
      await checkRunning(context, tree);
      const who = runsAsOther ? 'as uid 10001, which may write nowhere but to its /tmp,' : 'as this user';
      return `${chart}; the image's content, made by the Dockerfile's own commands, loads ${programs} programs ${who} and its gateway takes an event that is stored once and stops with 0`;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
