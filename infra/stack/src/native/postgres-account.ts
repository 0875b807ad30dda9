import fs from 'node:fs';
import { StackError } from '../errors.ts';
import { runCommand } from '../run-command.ts';

/** How to run Postgres, which refuses to be root. */
export interface PostgresAccount {
  /** Put before the command line. */
  readonly prefix: readonly string[];
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  /** Who owns the files it makes, as root sees it. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

const CHECK_TIMEOUT_MS = 5_000;

/**
 * A normal user runs it directly. Root runs it as `postgres` or `nobody`; where that account cannot reach the files (a checkout
 * in /root), in a user namespace that shows root under that account's number. No account is ever created.
 */
export async function postgresAccount(binary: string, folder: string): Promise<PostgresAccount> {
  if (process.getuid?.() !== 0) return { prefix: [], user: undefined, owner: undefined };
  const user = findUser(fs.readFileSync('/etc/passwd', 'utf8'));
  if (user !== undefined) {
    const reaches = ['-c', 'test -x "$0" && test -x "$1"', binary, folder];
    const reachable = await runCommand('sh', reaches, CHECK_TIMEOUT_MS, user);
    if (reachable.code === 0) return { prefix: [], user, owner: user };
    const namespace = ['unshare', '--user', `--map-user=${user.uid}`, `--map-group=${user.gid}`];
    const works = await runCommand('unshare', [...namespace.slice(1), binary, '--version'], CHECK_TIMEOUT_MS);
    if (works.code === 0) return { prefix: namespace, user: undefined, owner: { uid: 0, gid: 0 } };
  }
  throw new StackError(
    'PROVIDER_UNAVAILABLE',
    `Postgres cannot run as root, and no other account can read ${binary} and write ${folder}.`,
    'Run as a normal user, or move the checkout out of a private folder such as /root.',
  );
}

/** The first of the accounts made for such things, from the text of /etc/passwd. */
export function findUser(passwd: string): { uid: number; gid: number } | undefined {
  const accounts = passwd.split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const account = accounts.find((fields) => fields[0] === name);
    if (account !== undefined) return { uid: Number(account[2]), gid: Number(account[3]) };
  }
  return undefined;
}
