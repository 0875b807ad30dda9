import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { serviceArgs } from '@fineprint/stack';

/** The image's user. */
const UID = 10_001;
const isRoot = process.getuid?.() === 0;

/** A folder laid out as the image is, and how its programs are run there. */
export interface ImageTree {
  /** Like /app: may be read by everybody, written by its owner only. */
  readonly app: string;
  /** Like /tmp in a container: the only place where the image's user may write. */
  readonly tmp: string;
}

/** As the image's user where that can be had, with no home, and nothing in the environment but this. */
const optionsOf = ({ app, tmp }: ImageTree, env: Readonly<Record<string, string>>) => ({
  cwd: app,
  env: { HOME: '/nonexistent', TMPDIR: tmp, ...env },
  ...(isRoot ? { uid: UID, gid: UID } : {}),
});

export const runsAsOther = isRoot;

/** Puts Node beside the tree: this checkout's own may be where the image's user cannot go. */
export function prepareTree({ app, tmp }: ImageTree): void {
  copyFileSync(process.execPath, nodeOf(app));
  for (const folder of [path.dirname(app), app]) chmodSync(folder, 0o755);
  mkdirSync(tmp, { mode: 0o700 });
  if (isRoot) chownSync(tmp, UID, UID);
}

const nodeOf = (app: string) => path.join(path.dirname(app), 'node');
const argsOf = (args: readonly string[]) => [
  ...serviceArgs('').slice(0, -1),
  path.join('infra', 'image', 'run.ts'),
  ...args,
];

/** Runs a program of the tree to its end. */
export function runInImage(
  tree: ImageTree,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly out: string }> {
  return new Promise((resolve) => {
    execFile(nodeOf(tree.app), argsOf(args), optionsOf(tree, env), (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), out: out + err });
    });
  });
}

/** Starts a program of the tree. */
export function startInImage(
  tree: ImageTree,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): ChildProcess {
  return spawn(nodeOf(tree.app), argsOf(args), {
    ...optionsOf(tree, env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
