import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const schema = z.object({ id: z.string(), writeKey: z.string().min(1) });

export type LocalKey = z.output<typeof schema>;

const fileOf = (dataDir: string): string => path.join(dataDir, 'local-write-key.json');

/** The key that `send` and curl use here. The gateway's database holds only its hash. */
export function readLocalKey(dataDir: string): LocalKey | undefined {
  let text: string;
  try {
    text = readFileSync(fileOf(dataDir), 'utf8');
  } catch {
    return undefined; // none made yet
  }
  return schema.parse(JSON.parse(text));
}

/** Readable by its owner only. */
export function writeLocalKey(dataDir: string, key: LocalKey): void {
  mkdirSync(dataDir, { recursive: true });
  const file = fileOf(dataDir);
  writeFileSync(`${file}.new`, `${JSON.stringify(key)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
