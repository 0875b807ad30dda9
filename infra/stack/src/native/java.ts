import path from 'node:path';

export const MIN_JAVA_VERSION = 17;

/** JAVA_HOME's java where it is set, as every JVM tool does it. */
export function javaCommand(env: Readonly<Record<string, string | undefined>>): string {
  const home = env['JAVA_HOME'];
  return home ? path.join(home, 'bin', 'java') : 'java';
}

/** `openjdk version "17.0.15"` → 17, `java version "1.8.0_402"` → 8. */
export function parseJavaVersion(output: string): number | undefined {
  const match = /version "(?:1\.)?(\d+)/.exec(output);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
