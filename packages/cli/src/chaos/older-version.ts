import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { REPO_DIR } from '@fineprint/stack';
import { CliError } from '../errors.ts';

const run = promisify(execFile);
const INSTALL_TIMEOUT_MS = 10 * 60_000;
const MAX_OUTPUT_BYTES = 16 << 20;

/** A commit of this repository, checked out beside it and installed by its own lockfile; resolves with the folder, which is kept. */
export async function olderVersion(commit: string): Promise<string> {
  const id = await git('rev-parse', '--verify', '--end-of-options', `${commit}^{commit}`);
  const folder = path.join(REPO_DIR, '.fineprint', 'versions', id.slice(0, 12));
  if (!existsSync(folder)) {
    await git('worktree', 'prune');
    await git('worktree', 'add', '--detach', folder, id);
  }
  process.stderr.write(`installing ${id.slice(0, 12)} …\n`);
  // Whatever it is asked, it installs first what its lockfile says.
  await run(process.execPath, [path.join(folder, 'scripts', 'fineprint.mjs'), '--help'], {
    cwd: folder,
    timeout: INSTALL_TIMEOUT_MS,
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  return folder;
}

async function git(...args: string[]): Promise<string> {
  try {
    const { stdout } = await run('git', args, { cwd: REPO_DIR, maxBuffer: MAX_OUTPUT_BYTES });
    return stdout.trim();
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim() ?? String(error);
    throw new CliError(
      'NO_OLDER_VERSION',
      `git ${args[0]} failed: ${said}`,
      'Name a commit of this repository, as in --from HEAD~20; a copy without its history has none.',
    );
  }
}
