import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** What Maven is told to bring. */
export const POM = path.join(import.meta.dirname, '..', '..', 'pom.xml');

/** The folder of the parts that this pom.xml names: another pom, another folder. */
export function partsFolder(partsDir: string): string {
  return path.join(partsDir, createHash('sha256').update(fs.readFileSync(POM)).digest('hex').slice(0, 12));
}
