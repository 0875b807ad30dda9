// Runs on the machine's own Node (20 or newer) and needs nothing installed: it installs what the lockfile says, when that is not
// there yet, and then runs a TypeScript file on the Node 24 that came with it. Standard output belongs to that file alone.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const MIN_NODE_MAJOR = 20;
const PNPM = 'pnpm@12.21.0';
const LOCK_TIMEOUT_MS = 10 * 60_000;
// kafkajs 2.2.4 sets a timer in the past now and then, which Node 24 mentions every time.
const NODE_OPTIONS = ['--disable-warning=TimeoutNegativeWarning'];
const FORWARDED_SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT'];

const repoDir = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const modulesDir = path.join(repoDir, 'node_modules');
const binDir = path.join(modulesDir, '.bin');
const nodeBinary = path.join(binDir, 'node');
const stampFile = path.join(modulesDir, '.fineprint-install');
const lockDir = path.join(repoDir, '.fineprint', 'install.lock');

/** Runs a file of this repository with these arguments; ends this process the way that one ends. */
export function run(file, args) {
  try {
    checkNode();
    install();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
  execute(path.resolve(repoDir, file), args);
}

function checkNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= MIN_NODE_MAJOR) return;
  throw new Error(
    `Node ${process.versions.node} is too old: ${MIN_NODE_MAJOR} or newer is needed to start.\n` +
      '  Debian/Ubuntu  apt-get install nodejs npm, or where that is older, with nvm: nvm install 24\n' +
      '  macOS          brew install node',
  );
}

function install() {
  const wanted = wantedStamp();
  if (isInstalled(wanted)) return;
  if (!lockInstall(wanted)) return;
  try {
    installNow(wanted);
  } finally {
    fs.rmSync(lockDir, { recursive: true, force: true });
  }
}

/** Changes with the locked versions and with the kind of machine, whose binaries are installed. */
function wantedStamp() {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}\n`);
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml'])
    hash.update(fs.readFileSync(path.join(repoDir, file)));
  return hash.digest('hex');
}

function isInstalled(wanted) {
  return (
    fs.existsSync(nodeBinary) && fs.existsSync(stampFile) && fs.readFileSync(stampFile, 'utf8') === wanted
  );
}

function installNow(wanted) {
  process.stderr.write('Installing what the lockfile says …\n');
  const result = spawnSync('npx', ['--yes', PNPM, 'install', '--frozen-lockfile'], {
    cwd: repoDir,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, npm_config_update_notifier: 'false' },
  });
  if (result.error) {
    throw new Error(
      `npx cannot be run (${result.error.message}); it comes with npm.\n` +
        '  Debian/Ubuntu  apt-get install npm\n  macOS          brew install node',
    );
  }
  if (result.status !== 0) {
    throw new Error(
      `The installation failed (exit ${result.status ?? result.signal}); its messages are above.`,
    );
  }
  if (!fs.existsSync(nodeBinary)) {
    throw new Error(
      'The package `node` has no binary for this machine, or its build script was not allowed to run.\n' +
        'Remove node_modules, see that npm_config_ignore_scripts is not set, and try again.',
    );
  }
  fs.writeFileSync(stampFile, wanted);
}

/**
 * Two first commands at once would install into the same folder; the second waits, and gets false when the first has done it.
 * A lock whose owner is gone is taken over.
 */
function lockInstall(wanted) {
  const mine = `${lockDir}.${process.pid}`;
  fs.mkdirSync(mine, { recursive: true });
  fs.writeFileSync(path.join(mine, 'pid'), String(process.pid));
  const deadline = Date.now() + LOCK_TIMEOUT_MS;
  let told = false;
  while (!renamed(mine, lockDir)) {
    if (!isOwnerAlive()) {
      fs.rmSync(lockDir, { recursive: true, force: true });
      continue;
    }
    if (Date.now() > deadline)
      throw new Error(`Another installation holds ${lockDir}; remove it if there is none.`);
    if (!told) process.stderr.write('Waiting for another installation …\n');
    told = true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  }
  if (!isInstalled(wanted)) return true;
  fs.rmSync(lockDir, { recursive: true, force: true });
  return false;
}

/** A folder cannot be renamed onto one that holds a file, so of two only one succeeds, its pid already inside. */
function renamed(from, to) {
  try {
    fs.renameSync(from, to);
    return true;
  } catch (error) {
    if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST') return false;
    throw error;
  }
}

function isOwnerAlive() {
  try {
    process.kill(Number(fs.readFileSync(path.join(lockDir, 'pid'), 'utf8')), 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function execute(file, args) {
  if (!fs.existsSync(file)) {
    process.stderr.write(`${path.relative(repoDir, file)} does not exist.\n`);
    process.exit(1);
  }
  const child = spawn(nodeBinary, [...NODE_OPTIONS, file, ...args], {
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: `${binDir}${path.delimiter}${process.env.PATH ?? ''}`,
      // Whatever Node starts from here, a service or a command, loads in half the time from the second time on.
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? path.join(repoDir, '.fineprint', 'compile-cache'),
    },
  });
  for (const signal of FORWARDED_SIGNALS) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the child as well; a second one would mean "at once".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.once('error', (error) => {
    process.stderr.write(`${nodeBinary} cannot be run: ${error.message}\n`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const forwarded of FORWARDED_SIGNALS) process.removeAllListeners(forwarded);
    process.kill(process.pid, signal);
  });
}
