import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

/** Different quotes and a colon: what breaks a careless Basic header or configuration file. */
export const PASSWORD = `p'a"s<s>&:w0rd`;
export const DATABASE = 'fineprint';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const USERS = [
  { name: 'admin', passwordSha256: sha256(PASSWORD), readonly: false },
  { name: 'loader', passwordSha256: sha256(PASSWORD), readonly: false, databases: [DATABASE] },
  { name: 'analyst', passwordSha256: sha256(PASSWORD), readonly: true, databases: [DATABASE] },
  { name: 'limited', passwordSha256: sha256(PASSWORD), readonly: true, settings: { max_result_rows: 10 } },
  { name: 'open', noPassword: true, readonly: true, databases: [DATABASE] },
];

export type TestUser = 'admin' | 'loader' | 'analyst' | 'limited' | 'open';

export type QueryOptions = {
  readonly user?: TestUser;
  readonly body?: string | Uint8Array | ReadableStream;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
};

/** The face as users run it: its main.ts in a process of its own, on a free port and a new data folder. */
export class FaceProcess {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'clickhouse-face-test-'));
  port = 0;
  output = '';
  #child: ChildProcess | undefined;
  readonly #clients: ClickHouseClient[] = [];

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get rssBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  }

  async start(environment: Readonly<Record<string, string>> = {}): Promise<void> {
    this.port ||= await freePort();
    const usersFile = join(this.dataDir, 'users.json');
    writeFileSync(usersFile, JSON.stringify({ users: USERS }));
    const env = {
      ...process.env,
      TMPDIR: this.dataDir,
      CLICKHOUSE_FACE_DATA_DIR: join(this.dataDir, 'data'),
      CLICKHOUSE_FACE_USERS_FILE: usersFile,
      CLICKHOUSE_FACE_PORT: String(this.port),
      ...environment,
    };
    const child = spawn(process.execPath, [MAIN], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    this.output = '';
    await new Promise<void>((resolve, reject) => {
      const take = (chunk: Buffer): void => {
        this.output += chunk.toString();
        if (this.output.includes('"event":"ready"')) resolve();
      };
      child.stdout.on('data', take);
      child.stderr.on('data', take);
      child.once('exit', (code) => reject(new Error(`the face exited with ${code}: ${this.output}`)));
    });
  }

  /** Sends the signal and waits for the end; answers the exit code, or null after a kill. */
  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null)
      return child?.exitCode ?? null;
    const exited = new Promise<number | null>((resolve) => {
      child.once('exit', resolve);
    });
    child.kill(signal);
    return exited;
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.end('SIGKILL');
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  client(user: TestUser = 'admin', options: Parameters<typeof createClient>[0] = {}): ClickHouseClient {
    const client = createClient({
      url: this.url,
      username: user,
      password: user === 'open' ? '' : PASSWORD,
      database: DATABASE,
      log: { level: ClickHouseLogLevel.OFF },
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  /** One HTTP request, the query in the URL and the data, if any, in the body. */
  query(query: string, options: QueryOptions = {}): Promise<Response> {
    const url = new URL(this.url);
    url.searchParams.set('query', query);
    for (const [name, value] of Object.entries(options.parameters ?? {})) url.searchParams.set(name, value);
    const user = options.user ?? 'admin';
    const password = user === 'open' ? '' : PASSWORD;
    return fetch(url, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${user}:${password}`)}`, ...options.headers },
      ...(options.body === undefined ? {} : { body: options.body, duplex: 'half' }),
    } as RequestInit);
  }

  /** The answer's text; throws what the server says if it is an error. */
  async text(query: string, options: QueryOptions = {}): Promise<string> {
    const response = await this.query(query, options);
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return text;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
