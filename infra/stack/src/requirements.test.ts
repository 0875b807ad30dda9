import { expect, test } from 'vitest';
import { nodeRequirement, toolRequirements } from './requirements.ts';

const nothing = {
  dockerEngine: undefined,
  dockerCompose: undefined,
  javaVersion: undefined,
  maven: undefined,
};
const failed = (tools: Parameters<typeof toolRequirements>[0]) =>
  toolRequirements(tools, { external: undefined })
    .filter((requirement) => !requirement.ok)
    .map((requirement) => requirement.check);

test('either Docker with compose or Java with Maven will do', () => {
  expect(failed(nothing)).toEqual(['java', 'maven', 'docker']);
  expect(failed({ ...nothing, dockerEngine: '28.2.2', dockerCompose: '2.40' })).toEqual([]);
  expect(failed({ ...nothing, javaVersion: 17, maven: '3.8.7' })).toEqual([]);
  expect(failed({ ...nothing, javaVersion: 11, maven: '3.8.7' })).toEqual(['java', 'docker']);
  expect(failed({ ...nothing, dockerEngine: '28.2.2' })).toEqual(['java', 'maven', 'docker']);
});

test('each failure says what to do', () => {
  expect(toolRequirements(nothing, { external: undefined }).every((r) => r.fix?.includes('apt-get'))).toBe(
    true,
  );
  expect(nodeRequirement('20.20.2')).toMatchObject({ ok: false, fix: expect.stringContaining('npm start') });
  expect(nodeRequirement('24.21.0')).toEqual({ check: 'node', ok: true, detail: '24.21.0' });
});
