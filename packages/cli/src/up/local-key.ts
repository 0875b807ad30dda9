import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** The one that sends and the one that reads. */
export type LocalKeyKind = 'write' | 'api';

const schemas = {
  write: z.object({ id: z.string(), writeKey: z.string().min(1) }),
  api: z.object({ id: z.string(), apiKey: z.string().min(1) }),
} as const;

export type LocalKey<K extends LocalKeyKind> = z.output<(typeof schemas)[K]>;

const fileOf = (dataDir: string, kind: LocalKeyKind): string => path.join(dataDir, `local-${kind}-key.json`);

/** A key that is used here. The database holds only its hash. */
export function readLocalKey<K extends LocalKeyKind>(dataDir: string, kind: K): LocalKey<K> | undefined {
  let text: string;
  try {
    text = readFileSync(fileOf(dataDir, kind), 'utf8');
  } catch {
    return undefined; // none made yet
  }
  return schemas[kind].parse(JSON.parse(text)) as LocalKey<K>;
}

/** Readable by its owner only. */
export function writeLocalKey<K extends LocalKeyKind>(dataDir: string, kind: K, key: LocalKey<K>): void {
  mkdirSync(dataDir, { recursive: true });
  const file = fileOf(dataDir, kind);
  writeFileSync(`${file}.new`, `${JSON.stringify(key)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
