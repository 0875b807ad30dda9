import { REPO_DIR } from '@fineprint/stack';
import { GenericContainer, getContainerRuntimeClient, type StartedTestContainer } from 'testcontainers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const BUILD_TIMEOUT_MS = 15 * 60_000;

const engineAnswers = await getContainerRuntimeClient().then(
  () => true,
  () => false,
);
if (!engineAnswers) {
  process.stderr.write(
    '[deploy] no Docker engine answers here: the image is not built; row 28 makes its content natively\n',
  );
}

describe.skipIf(!engineAnswers)('the image', () => {
  let container: StartedTestContainer;

  beforeAll(async () => {
    const image = await GenericContainer.fromDockerfile(REPO_DIR, 'infra/image/Dockerfile').build(
      'fineprint-test',
      {
        deleteOnExit: true,
      },
    );
    container = await image
      .withEntrypoint(['sleep'])
      .withCommand(['600'])
      .withTmpFs({ '/tmp': 'rw' })
      .start();
  }, BUILD_TIMEOUT_MS);
  afterAll(() => container?.stop());

  test('runs as uid 10001, which may not write to its root', async () => {
    const who = await container.exec(['id', '-u']);
    const write = await container.exec(['touch', '/app/x']);
    expect([who.output.trim(), write.exitCode]).toEqual(['10001', 1]);
  });

  test('knows its services, and says what a service lacks', async () => {
    const run = ['node', 'infra/image/run.ts'];
    const lacking = await container.exec([...run, 'ingest-gateway', '--check-config']);
    expect([lacking.exitCode, lacking.output]).toEqual([
      2,
      expect.stringContaining('KAFKA_BROKERS: is not set'),
    ]);
    expect((await container.exec([...run, 'nothing'])).output).toContain('There is no nothing');
  });
});
