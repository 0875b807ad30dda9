import fs from 'node:fs';
import path from 'node:path';
import { REGISTRY_API_PATH } from '../endpoints.ts';
import { LOOPBACK } from '../parts.ts';
import type { Secrets } from '../secrets.ts';
import type { StackSettings } from '../settings.ts';
import type { ProcessSpec } from '../supervisor/process-spec.ts';
import { javaCommand } from './java.ts';

const RUNNER = 'apicurio-registry-app-2.6.13.Final-runner.jar';
const JVM_OPTS = ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

export function registrySpec(settings: StackSettings, secrets: Secrets, parts: string): ProcessSpec {
  const home = path.join(settings.dataDir, 'registry');
  const origin = `http://${LOOPBACK}:${settings.ports.registry}`;
  return {
    name: 'registry',
    tier: 'part',
    command: javaCommand(process.env),
    args: [...JVM_OPTS, '-jar', path.join(parts, 'registry', RUNNER)],
    env: {
      QUARKUS_HTTP_HOST: LOOPBACK,
      QUARKUS_HTTP_PORT: String(settings.ports.registry),
      QUARKUS_LOG_LEVEL: 'WARN',
      QUARKUS_DATASOURCE_JDBC_INITIAL_SIZE: '2',
      QUARKUS_DATASOURCE_JDBC_MIN_SIZE: '2',
      QUARKUS_DATASOURCE_JDBC_MAX_SIZE: '10',
      REGISTRY_DATASOURCE_URL: datasourceUrl(home),
      REGISTRY_DATASOURCE_PASSWORD: secrets.get('registryPassword'),
    },
    cwd: settings.repoDir,
    ports: [settings.ports.registry],
    url: origin,
    ready: { kind: 'http', url: `${origin}${REGISTRY_API_PATH}/subjects` },
    prepare: async () => {
      fs.mkdirSync(home, { recursive: true, mode: 0o700 });
    },
  };
}

/**
 * A file, not the artifact's default memory: schema ids are in every record, so they must outlive the process. WRITE_DELAY=0
 * makes each registration reach the file before it is answered; the default would lose the last half second on a kill -9, and
 * the next schema would get an id that records already carry.
 */
function datasourceUrl(home: string): string {
  return `jdbc:h2:file:${path.join(home, 'registry')};WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE`;
}
