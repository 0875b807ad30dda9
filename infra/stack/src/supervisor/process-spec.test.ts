import { expect, test } from 'vitest';
import { childEnv, type ProcessSpec, specHash } from './process-spec.ts';

const spec: ProcessSpec = {
  name: 'gateway',
  tier: 'service',
  command: 'node',
  args: ['main.ts'],
  env: { A: '1', B: '2' },
  cwd: '/repo',
  ports: [3007],
  ready: { kind: 'http', url: 'http://127.0.0.1:3007/ready' },
};

test('what is run decides whether a process is still the wanted one, how it is watched does not', () => {
  const hash = specHash(spec);
  expect(
    specHash({
      ...spec,
      env: { B: '2', A: '1' },
      readyTimeoutMs: 1,
      ready: { kind: 'tcp', host: 'x', port: 1 },
    }),
  ).toBe(hash);
  expect(specHash({ ...spec, env: { A: '1', B: '3' } })).not.toBe(hash);
  expect(specHash({ ...spec, args: [] })).not.toBe(hash);
  expect(specHash({ ...spec, ports: [3008] })).not.toBe(hash);
});

test('a child inherits the environment, but not what npm and vitest put there', () => {
  const own = {
    PATH: '/bin',
    npm_config_x: '1',
    VITEST: 'true',
    NODE_OPTIONS: '--inspect',
    NODE_ENV: 'test',
    LOG_LEVEL: 'debug',
  };
  expect(childEnv(own, { LOG_LEVEL: 'info', NODE_ENV: 'production' })).toEqual({
    PATH: '/bin',
    LOG_LEVEL: 'info',
    NODE_ENV: 'production',
  });
});
