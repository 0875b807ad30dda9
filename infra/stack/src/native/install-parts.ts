import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { StackError } from '../errors.ts';
import type { OnProgress } from '../progress.ts';
import { POM, partsFolder } from './parts-folder.ts';

const KEPT_OUTPUT_LINES = 30;
const INSTALL_TIMEOUT_MS = 10 * 60_000;

/**
 * Has Maven bring Kafka, the registry and Redis; does nothing when they are there. Unpacked beside and renamed, so the folder is
 * whole whenever it exists, also when two checkouts' stacks install at once.
 */
export async function installParts(partsDir: string, onProgress: OnProgress): Promise<string> {
  const folder = partsFolder(partsDir);
  if (fs.existsSync(folder)) return folder;
  const startedAtMs = Date.now();
  const unpacking = `${folder}.${process.pid}.new`;
  fs.rmSync(unpacking, { recursive: true, force: true });
  fs.mkdirSync(unpacking, { recursive: true });
  onProgress({ name: 'install', state: 'installing', detail: 'Kafka, schema registry and Redis, by Maven' });
  try {
    await runMaven(unpacking, onProgress);
    makeRedisExecutable(unpacking);
    moveIntoPlace(unpacking, folder);
  } finally {
    fs.rmSync(unpacking, { recursive: true, force: true });
  }
  onProgress({ name: 'install', state: 'ready', elapsedMs: Date.now() - startedAtMs });
  return folder;
}

async function runMaven(target: string, onProgress: OnProgress): Promise<void> {
  const args = ['-B', '-f', POM, `-Dparts.dir=${target}`, 'process-resources'];
  const maven = spawn('mvn', args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: INSTALL_TIMEOUT_MS });
  const output: string[] = [];
  const onLine = (line: string) => {
    output.push(line);
    if (output.length > KEPT_OUTPUT_LINES) output.shift();
    const file = /Downloaded from \S+: \S+\/([^/\s]+\.(?:jar|tar\.gz)) \(([^)]*)\)/.exec(line);
    if (file) onProgress({ name: 'install', state: 'installing', detail: `${file[1]} (${file[2]})` });
  };
  createInterface({ input: maven.stdout }).on('line', onLine);
  createInterface({ input: maven.stderr }).on('line', onLine);
  const problem = await new Promise<string | undefined>((resolve) => {
    maven.once('error', (error) => resolve(error.message));
    maven.once('close', (code, signal) => resolve(code === 0 ? undefined : `exit ${code ?? signal}`));
  });
  if (problem === undefined) return;
  throw new StackError(
    'INSTALL_FAILED',
    `Maven could not bring the parts (${problem}):\n${output.map((line) => `  | ${line}`).join('\n')}`,
    'Check that Maven reaches its repository (a proxy or mirror belongs in ~/.m2/settings.xml), then try again.',
  );
}

function makeRedisExecutable(folder: string): void {
  const redisDir = path.join(folder, 'redis');
  for (const file of fs.readdirSync(redisDir)) fs.chmodSync(path.join(redisDir, file), 0o755);
}

function moveIntoPlace(unpacking: string, folder: string): void {
  try {
    fs.renameSync(unpacking, folder);
  } catch (error) {
    if (!fs.existsSync(folder)) throw error; // else another process was faster, with the same content
  }
}
