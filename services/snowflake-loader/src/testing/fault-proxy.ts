import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** What becomes of a statement: let through; its answer lost; or refused with one of Snowflake's codes. */
export type Fate = 'pass' | 'lose-answer' | { readonly refuse: string };

export interface FaultProxy {
  readonly url: string;
  /** Statements seen, in order. */
  readonly seen: readonly string[];
  /** Asked of every statement. */
  decide(fate: (sql: string) => Fate | Promise<Fate>): void;
  close(): Promise<void>;
}

/** Stands between a client and a Snowflake that speaks plain HTTP, and breaks what it is told to. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const seen: string[] = [];
  let fateOf: (sql: string) => Fate | Promise<Fate> = () => 'pass';
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await bodyOf(request);
    const sql = statementOf(request, body);
    if (sql !== null) seen.push(sql);
    const fate = sql === null ? 'pass' : await fateOf(sql);
    if (typeof fate === 'object') return refuse(response, fate.refuse);
    const answer = await forward(target, request, body);
    // Neither closed nor answered: to the client nothing has come back.
    if (fate === 'lose-answer') return;
    response.writeHead(answer.status, { 'content-type': answer.type });
    response.end(answer.body);
  };

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    decide(next) {
      fateOf = next;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function statementOf({ url, headers }: IncomingMessage, body: Buffer): string | null {
  if (!url?.startsWith('/queries/v1/query-request')) return null;
  const text = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
  return (JSON.parse(text.toString()) as { sqlText: string }).sqlText;
}

async function forward(target: string, { url, method, headers }: IncomingMessage, body: Buffer) {
  const kept = ['authorization', 'content-type', 'content-encoding', 'accept'];
  const passed = Object.fromEntries(
    kept.flatMap((name) => (headers[name] ? [[name, String(headers[name])]] : [])),
  );
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const answer = await fetch(`${target}${url}`, {
    method: method ?? 'GET',
    headers: passed,
    ...(hasBody ? { body: new Uint8Array(body) } : {}),
  });
  const type = answer.headers.get('content-type') ?? 'application/json';
  return { status: answer.status, type, body: Buffer.from(await answer.arrayBuffer()) };
}

function refuse(response: ServerResponse, code: string): void {
  const data = { errorCode: code, sqlState: '57P03' };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ data, code, message: `refused by the test (${code})`, success: false }));
}
