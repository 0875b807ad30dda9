import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { LOOPBACK } from '../parts.ts';
import { commandLine } from './process-identity.ts';

/** Whether somebody listens on it: a wildcard listener need not stop us from binding, so both ways are tried. */
export async function isPortTaken(port: number): Promise<boolean> {
  return (await answers(port)) || !(await canBind(port));
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: LOOPBACK, port, timeout: 500 });
    const end = (taken: boolean) => {
      socket.destroy();
      resolve(taken);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(true));
    socket.once('error', () => end(false));
  });
}

function canBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

export interface PortOwner {
  readonly pid: number;
  readonly command: string;
}

/** The process that listens on a port, when the system lets us see it. */
export function portOwner(port: number): PortOwner | undefined {
  const pid = process.platform === 'linux' ? linuxPortOwner(port) : lsofPortOwner(port);
  if (pid === undefined) return undefined;
  return { pid, command: (commandLine(pid) ?? 'unknown').slice(0, 120) };
}

function linuxPortOwner(port: number): number | undefined {
  const inodes = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listeningInodes(readText(file), port)),
  );
  if (inodes.size === 0) return undefined;
  for (const entry of fs.readdirSync('/proc')) {
    if (/^\d+$/.test(entry) && holdsSocket(entry, inodes)) return Number(entry);
  }
  return undefined;
}

/** Inodes of the sockets that listen on the port, from the text of /proc/net/tcp. */
export function listeningInodes(table: string, port: number): string[] {
  return listeningRows(table, port).flatMap((fields) => fields[9] ?? []);
}

/** Rows in state LISTEN (0A). */
function listeningRows(table: string, port: number): string[][] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
  return rows.filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === '0A');
}

/** The addresses on which somebody listens on that port (Linux), from the text of /proc/net/tcp or tcp6. */
export function listeningAddresses(table: string, port: number): string[] {
  return listeningRows(table, port).map((fields) => address(fields[1]?.split(':')[0] ?? ''));
}

/** IPv4 is printed in the kernel's byte order, backwards on every machine we know; JVMs listen on the same inside IPv6. */
function address(field: string): string {
  const mapped = /^0{16}FFFF0{4}(.{8})$/.exec(field)?.[1] ?? field;
  if (mapped.length !== 8) return `IPv6 ${field}`;
  const bytes = mapped.match(/../g) ?? [];
  return bytes
    .reverse()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');
}

function holdsSocket(pid: string, inodes: ReadonlySet<string>): boolean {
  try {
    return fs.readdirSync(`/proc/${pid}/fd`).some((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${fd}`))?.[1];
      return inode !== undefined && inodes.has(inode);
    });
  } catch {
    return false; // gone meanwhile, or another user's
  }
}

function readLink(file: string): string {
  try {
    return fs.readlinkSync(file);
  } catch {
    return ''; // closed meanwhile
  }
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return ''; // a kernel without IPv6 has no tcp6
  }
}

function lsofPortOwner(port: number): number | undefined {
  try {
    const pid = execFileSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-t'], { encoding: 'utf8' });
    return Number(pid.trim().split('\n')[0]) || undefined;
  } catch {
    return undefined; // no lsof, or nobody it may see
  }
}
