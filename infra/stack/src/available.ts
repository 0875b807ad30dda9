import { javaCommand, MIN_JAVA_VERSION, parseJavaVersion } from './native/java.ts';
import type { Available } from './provider-choice.ts';
import { runCommand } from './run-command.ts';

const LOOK_TIMEOUT_MS = 10_000;

export interface Tools {
  readonly dockerEngine: string | undefined;
  readonly dockerCompose: string | undefined;
  readonly javaVersion: number | undefined;
  readonly maven: string | undefined;
}

/** What this machine has, by asking each tool. */
export async function lookForTools(env: Readonly<Record<string, string | undefined>>): Promise<Tools> {
  const [engine, compose, java, maven] = await Promise.all([
    runCommand('docker', ['info', '--format', '{{.ServerVersion}}'], LOOK_TIMEOUT_MS),
    runCommand('docker', ['compose', 'version', '--short'], LOOK_TIMEOUT_MS),
    runCommand(javaCommand(env), ['-version'], LOOK_TIMEOUT_MS),
    runCommand('mvn', ['-v', '-q'], LOOK_TIMEOUT_MS),
  ]);
  return {
    // `docker info` prints an empty version, with success, when only the client is there.
    dockerEngine: engine.code === 0 && /^\d/.test(engine.output) ? engine.output : undefined,
    dockerCompose: compose.code === 0 ? compose.output : undefined,
    javaVersion: java.code === 0 ? parseJavaVersion(java.output) : undefined,
    maven: maven.code === 0 ? (maven.output.split('\n')[0] ?? '') : undefined,
  };
}

export function availableFrom(tools: Tools): Available {
  return {
    docker: tools.dockerEngine !== undefined && tools.dockerCompose !== undefined,
    native: (tools.javaVersion ?? 0) >= MIN_JAVA_VERSION && tools.maven !== undefined,
  };
}
