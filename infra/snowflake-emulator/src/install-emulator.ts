import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { type OnProgress, StackError } from '@fineprint/stack';
import { runCommand } from '@fineprint/stack/run-command';
import { findPython, HOW_TO_GET_PYTHON } from './python.ts';

const REQUIREMENTS = path.join(import.meta.dirname, '..', 'requirements.txt');
const INSTALL_TIMEOUT_MS = 10 * 60_000;
const SHOWN_LINES = 20;

/** The folder of the environment that this requirements.txt asks for: another file, another folder. */
function environmentFolder(partsDir: string): string {
  const hash = createHash('sha256').update(fs.readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  return path.join(partsDir, `snowflake-${hash}`);
}

const pythonIn = (folder: string): string => path.join(folder, 'bin', 'python');

/**
 * Has pip bring the emulator; does nothing when it is there. Made beside and renamed, so the folder is whole whenever it
 * exists, also when two stacks install at once. Resolves with the environment's Python.
 */
export async function installEmulator(partsDir: string, onProgress: OnProgress): Promise<string> {
  const folder = environmentFolder(partsDir);
  if (fs.existsSync(pythonIn(folder))) return pythonIn(folder);
  const startedAtMs = Date.now();
  const python = await findPython();
  if (python === undefined)
    throw new StackError(
      'PROVIDER_UNAVAILABLE',
      'The Snowflake emulator needs Python, which is not there.',
      HOW_TO_GET_PYTHON,
    );
  onProgress({ name: 'install', state: 'installing', detail: 'Snowflake emulator, by pip' });
  const making = `${folder}.${process.pid}.new`;
  fs.rmSync(making, { recursive: true, force: true });
  try {
    await run(python, ['-m', 'venv', making]);
    const install = [
      'install',
      '--quiet',
      '--no-input',
      '--disable-pip-version-check',
      '--only-binary=:all:',
    ];
    await run(pythonIn(making), ['-m', 'pip', ...install, '--requirement', REQUIREMENTS]);
    moveIntoPlace(making, folder);
  } finally {
    fs.rmSync(making, { recursive: true, force: true });
  }
  onProgress({ name: 'install', state: 'ready', elapsedMs: Date.now() - startedAtMs });
  return pythonIn(folder);
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const { code, output } = await runCommand(command, args, INSTALL_TIMEOUT_MS);
  if (code === 0) return;
  const lines = output.split('\n').slice(-SHOWN_LINES);
  throw new StackError(
    'INSTALL_FAILED',
    `pip could not bring the Snowflake emulator:\n${lines.map((line) => `  | ${line}`).join('\n')}`,
    'Check that pip reaches its index (a proxy or mirror belongs in pip.conf), then try again.',
  );
}

function moveIntoPlace(making: string, folder: string): void {
  try {
    fs.renameSync(making, folder);
  } catch (error) {
    if (!fs.existsSync(folder)) throw error; // else another process was faster, with the same content
  }
}
