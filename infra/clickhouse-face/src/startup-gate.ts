import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type GateStep = 'authenticate' | 'started' | 'listening' | 'stop' | 'drained';

const STEPS: readonly GateStep[] = ['authenticate', 'started', 'listening', 'stop', 'drained'];

/**
 * A loopback server only the engine talks to. It lets the engine's own session in until start-up is over, then never
 * again; and it holds the engine's script at `stop` until the face is told to stop.
 *
 * It also shuts local files. The embedded engine reads any path for anybody (`SELECT file('/etc/passwd')`), and only
 * resolving the working directory comes before that: in a deleted one every such call fails, whatever its spelling.
 */
export class StartupGate {
  readonly #token = randomBytes(16).toString('hex');
  readonly #enginePort = Promise.withResolvers<number>();
  readonly #stopping = Promise.withResolvers<void>();
  #server: Server | undefined;
  #next: GateStep = 'started';

  async listen(): Promise<void> {
    const server = createServer((request, response) => this.#handle(request, response));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
  }

  url(step: GateStep): string {
    const address = this.#server?.address() as AddressInfo;
    return `http://127.0.0.1:${address.port}/${this.#token}/${step}`;
  }

  /** The engine's own HTTP port, once it has loaded its tables and listens. */
  get enginePort(): Promise<number> {
    return this.#enginePort.promise;
  }

  /** Lets the engine's script go on to stop listening, drain and end. */
  release(): void {
    this.#stopping.resolve();
  }

  close(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://gate');
    const step = STEPS.find((name) => url.pathname === `/${this.#token}/${name}`);
    if (step === 'authenticate') {
      response.writeHead(this.#next === 'started' ? 200 : 401).end();
    } else if (step === undefined || step !== this.#next) {
      // Users can see these URLs in the process list; asking one out of turn does nothing.
      response.writeHead(404).end();
    } else {
      void this.#pass(step, url).then(() => response.end('\n'));
    }
  }

  async #pass(step: Exclude<GateStep, 'authenticate'>, url: URL): Promise<void> {
    if (step === 'started') {
      enterDeletedDirectory();
      this.#next = 'listening';
    } else if (step === 'listening') {
      this.#next = 'stop';
      this.#enginePort.resolve(Number(url.search.slice(1)));
    } else if (step === 'stop') {
      await this.#stopping.promise;
      this.#next = 'drained';
    } else {
      process.chdir('/'); // the engine's clean-up needs a working directory again
    }
  }
}

function enterDeletedDirectory(): void {
  const directory = mkdtempSync(join(tmpdir(), 'clickhouse-face-'));
  process.chdir(directory);
  rmdirSync(directory);
}
