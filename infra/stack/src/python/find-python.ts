import { runCommand } from '../run-command.ts';

const MIN_MINOR = 11;
const LOOK_TIMEOUT_MS = 10_000;
const CANDIDATES = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python'];

export const HOW_TO_GET_PYTHON = `Install Python 3.${MIN_MINOR} or newer with venv and pip (Debian: apt-get install python3-venv · macOS: brew install python).`;

/** A Python that can make environments of its own; undefined where there is none. */
export async function findPython(): Promise<string | undefined> {
  const script = `import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, ${MIN_MINOR}) else 1)`;
  for (const command of CANDIDATES) {
    const { code } = await runCommand(command, ['-c', script], LOOK_TIMEOUT_MS);
    if (code === 0) return command;
  }
  return undefined;
}
