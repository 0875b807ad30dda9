import fs from 'node:fs';
import path from 'node:path';
import type { ProviderName } from './settings.ts';

/** The provider that `up` used, kept until `down`, so both mean the same parts whatever was installed in between. */
export function readRunningProvider(dataDir: string): ProviderName | undefined {
  const file = fileOf(dataDir);
  if (!fs.existsSync(file)) return undefined;
  const name = fs.readFileSync(file, 'utf8').trim();
  return name === 'docker' || name === 'native' || name === 'external' ? name : undefined;
}

export function writeRunningProvider(dataDir: string, name: ProviderName): void {
  fs.writeFileSync(fileOf(dataDir), name);
}

export function clearRunningProvider(dataDir: string): void {
  fs.rmSync(fileOf(dataDir), { force: true });
}

function fileOf(dataDir: string): string {
  return path.join(dataDir, 'run', 'provider');
}
