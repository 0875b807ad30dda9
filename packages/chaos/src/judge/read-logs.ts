import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { plantedNeedles } from '../load/planted.ts';

/** Log → lines that hold planted personal data. */
export async function findPersonalDataInLogs(logDir: string): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const file of fs.readdirSync(logDir)) {
    const lines = createInterface({ input: fs.createReadStream(path.join(logDir, file)) });
    lines.on('line', (line) => {
      if (plantedNeedles.some((n) => line.includes(n))) found.set(file, (found.get(file) ?? 0) + 1);
    });
    await once(lines, 'close');
  }
  return found;
}
