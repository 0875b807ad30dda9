import { createHmac, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const MASTER_BYTES = 32;
const SECRET_CHARACTERS = 32;

const fileSchema = z.object({ master: z.string().min(MASTER_BYTES) });

/**
 * Local passwords and keys. One random master is made per data folder, in a file that only its owner can read; each named secret
 * is derived from it, so a name added later needs no migration and two processes always agree.
 */
export class Secrets {
  readonly #master: string;

  private constructor(master: string) {
    this.#master = master;
  }

  static open(dataDir: string): Secrets {
    const file = path.join(dataDir, 'secrets.json');
    if (!fs.existsSync(file)) create(file);
    return new Secrets(fileSchema.parse(JSON.parse(fs.readFileSync(file, 'utf8'))).master);
  }

  /** Always the same for one name: 32 letters and digits, fit for URLs, shells and config files. */
  get(name: string): string {
    const digest = createHmac('sha512', this.#master).update(name).digest('base64');
    return digest.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, SECRET_CHARACTERS);
  }
}

/** A link fails where the file exists, so of two first starts one wins and both read the same. */
function create(file: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.${randomBytes(4).toString('hex')}.new`;
  const content = { master: randomBytes(MASTER_BYTES).toString('base64url') };
  fs.writeFileSync(temporary, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  try {
    fs.linkSync(temporary, file);
  } catch (error) {
    if (!fs.existsSync(file)) throw error;
  } finally {
    fs.rmSync(temporary);
  }
}
