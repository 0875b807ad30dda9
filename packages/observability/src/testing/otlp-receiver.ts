import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeServer, listen } from '../admin-server.ts';

/** A span as a collector gets it. */
export interface ReceivedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number>>;
}

export interface OtlpReceiver {
  readonly url: string;
  spans(): readonly ReceivedSpan[];
  /** All bodies as they came. */
  text(): string;
  /** Headers of the last request. */
  headers(): Readonly<Record<string, string | string[] | undefined>>;
  /** From now on it answers with this. */
  answer(status: number): void;
  close(): Promise<void>;
}

interface Value {
  readonly stringValue?: string;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
}
interface Attribute {
  readonly key: string;
  readonly value: Value;
}
interface Body {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly name: string;
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly startTimeUnixNano: string;
        readonly endTimeUnixNano: string;
        readonly attributes: readonly Attribute[];
      }[];
    }[];
  }[];
}

const NANOS_PER_MS = 1_000_000n;

/** A collector for tests: it takes OTLP over HTTP, as JSON, at the path that the protocol says. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const bodies: string[] = [];
  let headers: Record<string, string | string[] | undefined> = {};
  let status = 200;
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      headers = req.headers;
      const isRight = req.method === 'POST' && req.url === '/v1/traces';
      if (isRight && status === 200) bodies.push(Buffer.concat(chunks).toString('utf8'));
      res.writeHead(isRight ? status : 404, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await listen(server, 0, '127.0.0.1');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans: () => bodies.flatMap(spansOf),
    text: () => bodies.join('\n'),
    headers: () => headers,
    answer: (next) => {
      status = next;
    },
    close() {
      const closed = closeServer(server);
      server.closeAllConnections();
      return closed;
    },
  };
}

function spansOf(text: string): ReceivedSpan[] {
  const { resourceSpans } = JSON.parse(text) as Body;
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(attributesOf(resource.attributes)['service.name']);
    return scopeSpans
      .flatMap(({ spans }) => spans)
      .map((span) => ({
        service,
        name: span.name,
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? null,
        startMs: Number(BigInt(span.startTimeUnixNano) / NANOS_PER_MS),
        endMs: Number(BigInt(span.endTimeUnixNano) / NANOS_PER_MS),
        attributes: attributesOf(span.attributes),
      }));
  });
}

const attributesOf = (attributes: readonly Attribute[]): Record<string, string | number> =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? Number(value.intValue ?? value.doubleValue ?? Number.NaN),
    ]),
  );
