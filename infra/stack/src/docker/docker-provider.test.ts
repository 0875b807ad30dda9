import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { localEndpoints } from '../endpoints.ts';
import type { ProviderContext } from '../provider.ts';
import { Secrets } from '../secrets.ts';
import { resolveSettings } from '../settings.ts';
import { composeArgs } from './compose.ts';
import { dockerProvider } from './docker-provider.ts';

/** A `docker` that writes down how it was called, prints what the test wants and ends so: what an engine does is its own matter. */
let dir: string;
let context: ProviderContext;

beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'docker-'));
  const settings = resolveSettings({ FINEPRINT_DATA_DIR: dir, FINEPRINT_PORT_OFFSET: '40000' }, '/repo');
  const secrets = Secrets.open(dir);
  context = { settings, secrets, endpoints: localEndpoints(settings, secrets) };
  vi.stubEnv('PATH', `${dir}:${process.env['PATH']}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  fs.rmSync(dir, { recursive: true });
});

function docker(output: string, code: number): void {
  const script = `#!/bin/sh\necho "$@" > ${dir}/called\necho "$FINEPRINT_KAFKA_PORT" > ${dir}/port\ncat ${dir}/output\nexit ${code}\n`;
  fs.writeFileSync(path.join(dir, 'output'), output);
  fs.writeFileSync(path.join(dir, 'docker'), script, { mode: 0o755 });
}
const called = (file = 'called') => fs.readFileSync(path.join(dir, file), 'utf8').trim();
const ignore = () => undefined;

test('down and erase differ by the volumes', async () => {
  docker('', 0);
  const project = composeArgs(context.settings).join(' ');
  await dockerProvider.down(context, ignore);
  expect(called()).toBe(`${project} down`);
  await dockerProvider.erase(context);
  expect(called()).toBe(`${project} down --volumes`);
  expect(called('port')).toBe('49092');
});

test('a part without a container is stopped, one that runs but does not answer is not ready', async () => {
  docker('{"Service":"kafka","State":"running","Health":"healthy"}', 0);
  const states = (await dockerProvider.status(context)).map(({ name, state }) => `${name} ${state}`);
  expect(states).toEqual([
    'kafka not-ready',
    'registry stopped',
    'clickhouse stopped',
    'postgres stopped',
    'redis stopped',
  ]);
});

test('a port that the engine cannot have is named with its part; other failures show what was printed', async () => {
  docker('Bind for 127.0.0.1:45432 failed: port is already allocated', 1);
  await expect(dockerProvider.up(context, ['postgres'], ignore)).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    message: expect.stringContaining('postgres cannot start: port 45432'),
  });
  docker('no space left on device', 1);
  await expect(dockerProvider.up(context, ['postgres'], ignore)).rejects.toMatchObject({
    code: 'DOCKER_FAILED',
    message: expect.stringContaining('no space left'),
  });
});
