import {
  DockerComposeEnvironment,
  getContainerRuntimeClient,
  type StartedDockerComposeEnvironment,
  Wait,
} from 'testcontainers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PART_NAMES } from '../parts.ts';
import { Secrets } from '../secrets.ts';
import { resolveSettings } from '../settings.ts';
import { openStack, REPO_DIR, type Stack } from '../stack.ts';
import { readMarks, writeMarks } from '../test-clients.ts';
import { type TestSlot, takeTestSlot } from '../test-slot.ts';
import { COMPOSE_FILE, composeEnv, composeProject } from './compose.ts';

const START_TIMEOUT_MS = 10 * 60_000;

const engineAnswers = await getContainerRuntimeClient().then(
  () => true,
  () => false,
);
if (!engineAnswers) {
  process.stderr.write(
    `[stack] no Docker engine answers here: the containers of ${COMPOSE_FILE} are not tested\n`,
  );
}

describe.skipIf(!engineAnswers)('a stack of containers', () => {
  let slot: TestSlot;
  let stack: Stack;
  let environment: StartedDockerComposeEnvironment;

  beforeAll(async () => {
    slot = takeTestSlot(REPO_DIR);
    const env = {
      ...process.env,
      FINEPRINT_PROVIDER: 'docker',
      FINEPRINT_DATA_DIR: `${slot.dataDir}-docker`,
      FINEPRINT_PORT_OFFSET: String(slot.portOffset),
    };
    const settings = resolveSettings(env, REPO_DIR);
    environment = await new DockerComposeEnvironment(REPO_DIR, COMPOSE_FILE)
      .withProjectName(composeProject(settings))
      .withEnvironment(composeEnv(settings, Secrets.open(settings.dataDir)))
      .withDefaultWaitStrategy(Wait.forHealthCheck())
      .withStartupTimeout(START_TIMEOUT_MS)
      .up();
    stack = await openStack(env);
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    await environment?.down({ removeVolumes: true });
    slot?.lock.release();
  });

  test('is the one that `up` means, and keeps its data over down and up', {
    timeout: START_TIMEOUT_MS,
  }, async () => {
    await stack.up();
    const ready = PART_NAMES.map((name) => ({ name, state: 'ready' }));
    expect(await stack.status()).toMatchObject(ready);
    const marks = await writeMarks(stack.endpoints);
    await stack.down();
    await stack.up();
    expect(await readMarks(stack.endpoints)).toEqual(marks);
  });
});
