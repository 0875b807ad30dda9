import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { availableFrom, lookForTools, type Tools } from './available.ts';
import { MIN_JAVA_VERSION } from './native/java.ts';
import { PART_NAMES } from './parts.ts';
import { HOW_TO_GET_A_PROVIDER } from './provider-choice.ts';
import { readRunningProvider } from './running-provider.ts';
import type { StackSettings } from './settings.ts';
import { isPortTaken, portOwner } from './supervisor/port-owner.ts';
import { isAlive, readRecords } from './supervisor/process-record.ts';

export interface Requirement {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do; only where it is not ok. */
  readonly fix?: string;
}

const MIN_NODE_MAJOR = 24;
const MIN_FREE_DISK_BYTES = 5 * 1024 ** 3;
const MIN_FREE_MEMORY_BYTES = 2.5 * 1024 ** 3;

/** What the stack needs of this machine, each with what is there. Changes nothing. */
export async function requirements(
  settings: StackSettings,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Requirement[]> {
  const tools = await lookForTools(env);
  return [
    nodeRequirement(process.versions.node),
    ...toolRequirements(tools, settings),
    disk(settings),
    memory(),
    ...(await ports(settings)),
  ];
}

export function nodeRequirement(version: string): Requirement {
  const ok = Number(version.split('.')[0]) >= MIN_NODE_MAJOR;
  return requirement(
    'node',
    ok,
    version,
    'Start through `npm start` or `npm run fineprint`: they bring Node 24.',
  );
}

/** Docker and Java with Maven are two ways to the same end: lacking one is no fault while there is the other. */
export function toolRequirements(tools: Tools, settings: Pick<StackSettings, 'external'>): Requirement[] {
  const { docker, native } = availableFrom(tools);
  const external = settings.external !== undefined;
  const java = tools.javaVersion;
  const engine = tools.dockerEngine ?? 'no engine answers';
  return [
    requirement(
      'java',
      docker || external || (java ?? 0) >= MIN_JAVA_VERSION,
      java === undefined ? 'not found' : `version ${java}`,
      HOW_TO_GET_A_PROVIDER,
    ),
    requirement(
      'maven',
      docker || external || tools.maven !== undefined,
      tools.maven ?? 'not found',
      HOW_TO_GET_A_PROVIDER,
    ),
    requirement(
      'docker',
      native || external || docker,
      `${engine}, compose ${tools.dockerCompose ?? 'not found'}`,
      HOW_TO_GET_A_PROVIDER,
    ),
  ];
}

function disk(settings: StackSettings): Requirement {
  const stats = fs.statfsSync(existingParent(settings.dataDir));
  const freeBytes = stats.bavail * stats.bsize;
  return requirement(
    'disk',
    freeBytes >= MIN_FREE_DISK_BYTES,
    `${gibibytes(freeBytes)} free for ${settings.dataDir}`,
    `Free ${gibibytes(MIN_FREE_DISK_BYTES)}, or set FINEPRINT_DATA_DIR to a folder on a larger disk.`,
  );
}

function memory(): Requirement {
  const freeBytes = availableMemoryBytes();
  return requirement(
    'memory',
    freeBytes >= MIN_FREE_MEMORY_BYTES,
    `${gibibytes(freeBytes)} available`,
    `The stack needs ${gibibytes(MIN_FREE_MEMORY_BYTES)}; close other programs.`,
  );
}

/** `os.freemem` of macOS leaves out what the system would give back. */
function availableMemoryBytes(): number {
  return process.platform === 'linux' ? os.freemem() : os.totalmem() / 2;
}

async function ports(settings: StackSettings): Promise<Requirement[]> {
  const own = ownPorts(settings);
  return Promise.all(
    Object.entries(settings.ports).map(async ([name, port]) => {
      if (own.has(port)) return requirement(`port ${name}`, true, `${port}, in use by this stack`, '');
      const taken = await isPortTaken(port);
      const owner = taken ? portOwner(port) : undefined;
      const by = owner === undefined ? 'another process' : `pid ${owner.pid} (${owner.command})`;
      const detail = taken ? `${port}, taken by ${by}` : `${port}, free`;
      const fix = 'Stop that process, or move all ports: FINEPRINT_PORT_OFFSET=10000';
      return requirement(`port ${name}`, !taken, detail, fix);
    }),
  );
}

function ownPorts(settings: StackSettings): Set<number> {
  const records = readRecords(path.join(settings.dataDir, 'run')).filter(isAlive);
  const containers =
    readRunningProvider(settings.dataDir) === 'docker' ? PART_NAMES.map((part) => settings.ports[part]) : [];
  return new Set([...records.flatMap((record) => record.ports), ...containers]);
}

function requirement(check: string, ok: boolean, detail: string, fix: string): Requirement {
  return ok ? { check, ok, detail } : { check, ok, detail, fix };
}

function existingParent(folder: string): string {
  return fs.existsSync(folder) ? folder : existingParent(path.dirname(folder));
}

function gibibytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}
