import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Step = 'authenticate' | 'started' | 'stop' | 'drained';

/**
 * A loopback server only the engine talks to. It lets the engine's own session in until start-up is over, then never
 * again; and it holds the engine's script at `stop` until the face is told to stop.
 *
 * It also shuts local files. The embedded engine reads any path for anybody (`SELECT file('/etc/passwd')`), and only
 * resolving the working directory comes before that: in a deleted one every such call fails, whatever its spelling.
 */
export class StartupGate {
  readonly #token = randomBytes(16).toString('hex');
  readonly #started = Promise.withResolvers<void>();
  readonly #stopping = Promise.withResolvers<void>();
  #server: Server | undefined;
  #open = true;

  async listen(): Promise<void> {
    const server = createServer((request, response) => this.#handle(request, response));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
  }

  url(step: Step): string {
    const address = this.#server?.address() as AddressInfo;
    return `http://127.0.0.1:${address.port}/${this.#token}/${step}`;
  }

  /** Resolves when the engine has loaded its tables and is about to listen. */
  get started(): Promise<void> {
    return this.#started.promise;
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
    const step = this.#step(request.url ?? '');
    if (step === undefined) {
      response.writeHead(404).end();
    } else if (step === 'authenticate') {
      response.writeHead(this.#open ? 200 : 401).end();
    } else if (request.method === 'HEAD') {
      // The engine asks for the size first.
      response.end();
    } else {
      void this.#pass(step).then(() => response.end('\n'));
    }
  }

  async #pass(step: Exclude<Step, 'authenticate'>): Promise<void> {
    if (step === 'stop') return this.#stopping.promise;
    if (step === 'drained') return process.chdir('/'); // the engine's clean-up needs a working directory again
    this.#open = false;
    enterDeletedDirectory();
    this.#started.resolve();
  }

  #step(url: string): Step | undefined {
    const steps: readonly Step[] = ['authenticate', 'started', 'stop', 'drained'];
    return steps.find((step) => url === `/${this.#token}/${step}`);
  }
}

function enterDeletedDirectory(): void {
  const directory = mkdtempSync(join(tmpdir(), 'clickhouse-face-'));
  process.chdir(directory);
  rmdirSync(directory);
}
