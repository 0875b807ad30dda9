import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { StackError } from '../errors.ts';
import type { OnProgress } from '../progress.ts';
import { runCommand } from '../run-command.ts';
import { findPython, HOW_TO_GET_PYTHON } from './find-python.ts';

const INSTALL_TIMEOUT_MS = 10 * 60_000;
const SHOWN_LINES = 20;

export interface PythonEnvironment {
  /** The folder's name begins with it. */
  readonly name: string;
  /** For people. */
  readonly what: string;
  /** A requirements.txt that names everything, exactly: nothing else is installed. */
  readonly requirements: string;
  readonly partsDir: string;
}

/** The folder of the environment that a requirements.txt asks for: another file, another folder. */
function folderOf({ name, requirements, partsDir }: PythonEnvironment): string {
  const hash = createHash('sha256').update(fs.readFileSync(requirements)).digest('hex').slice(0, 12);
  return path.join(partsDir, `${name}-${hash}`);
}

const pythonIn = (folder: string): string => path.join(folder, 'bin', 'python');

/**
 * Has pip bring what a requirements.txt names; does nothing when it is there. Made beside and renamed, so the folder is whole whenever
 * it exists, also when two install at once. Resolves with the environment's Python.
 */
export async function installPython(environment: PythonEnvironment, onProgress: OnProgress): Promise<string> {
  const { what, requirements } = environment;
  const folder = folderOf(environment);
  if (fs.existsSync(pythonIn(folder))) return pythonIn(folder);
  const startedAtMs = Date.now();
  const python = await findPython();
  if (python === undefined)
    throw new StackError(
      'PROVIDER_UNAVAILABLE',
      `The ${what} needs Python, which is not there.`,
      HOW_TO_GET_PYTHON,
    );
  onProgress({ name: 'install', state: 'installing', detail: `${what}, by pip` });
  const making = `${folder}.${process.pid}.new`;
  fs.rmSync(making, { recursive: true, force: true });
  try {
    await run(what, python, ['-m', 'venv', making]);
    const install = ['install', '--quiet', '--no-input', '--disable-pip-version-check', '--no-deps'];
    const wheels = ['--only-binary=:all:', '--requirement', requirements];
    await run(what, pythonIn(making), ['-m', 'pip', ...install, ...wheels]);
    moveIntoPlace(making, folder);
  } finally {
    fs.rmSync(making, { recursive: true, force: true });
  }
  onProgress({ name: 'install', state: 'ready', elapsedMs: Date.now() - startedAtMs });
  return pythonIn(folder);
}

async function run(what: string, command: string, args: readonly string[]): Promise<void> {
  const { code, output } = await runCommand(command, args, INSTALL_TIMEOUT_MS);
  if (code === 0) return;
  const lines = output.split('\n').slice(-SHOWN_LINES);
  throw new StackError(
    'INSTALL_FAILED',
    `pip could not bring the ${what}:\n${lines.map((line) => `  | ${line}`).join('\n')}`,
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
