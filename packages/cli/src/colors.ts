import picocolors from 'picocolors';

/** Colours only where both outputs are a person's terminal: not in pipes, files or CI, and not where NO_COLOR asks. */
export function wantsColors(
  env: Readonly<Record<string, string | undefined>>,
  terminals: { readonly stdout: boolean; readonly stderr: boolean },
): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR']) return true;
  return terminals.stdout && terminals.stderr && env['TERM'] !== 'dumb';
}

export default picocolors.createColors(
  wantsColors(process.env, { stdout: process.stdout.isTTY === true, stderr: process.stderr.isTTY === true }),
);
