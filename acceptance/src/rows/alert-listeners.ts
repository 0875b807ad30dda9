import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** An alert as a webhook tells it. */
export interface ToldAlert {
  readonly alert_id: string;
  readonly kind: string;
  readonly state: string;
  readonly raised_at: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly evidence: Readonly<Record<string, unknown>>;
}

export interface Told {
  /** The message's id, the same at every attempt. */
  readonly id: string;
  readonly signature: string;
  readonly timestamp: string;
  readonly body: string;
  readonly alerts: readonly ToldAlert[];
}

/** Who is told: a webhook and a mail server on this machine. */
export interface Listeners {
  readonly url: string;
  readonly told: readonly Told[];
  readonly mails: readonly string[];
  close(): Promise<void>;
}

export async function startListeners(
  smtpPort: number,
  onTold: () => Promise<void> = async () => undefined,
): Promise<Listeners> {
  const told: Told[] = [];
  const mails: string[] = [];
  const web = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const header = (name: string) => String(req.headers[name]);
      told.push({
        id: header('webhook-id'),
        signature: header('webhook-signature'),
        timestamp: header('webhook-timestamp'),
        body,
        alerts: (JSON.parse(body) as { alerts: ToldAlert[] }).alerts,
      });
      void onTold().then(() => res.end());
    });
  });
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks).toString());
        done();
      });
    },
  });
  await listening(web);
  await new Promise<void>((resolve, reject) => {
    smtp.on('error', reject);
    smtp.listen(smtpPort, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(web.address() as AddressInfo).port}`,
    told,
    mails,
    async close() {
      web.closeAllConnections();
      await Promise.all([
        new Promise((resolve) => web.close(resolve)),
        new Promise<void>((resolve) => smtp.close(() => resolve())),
      ]);
    },
  };
}

const listening = (server: Server) =>
  new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
