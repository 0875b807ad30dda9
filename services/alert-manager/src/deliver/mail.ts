import { createTransport } from 'nodemailer';
import { type Answer, type Channel, failed } from './channel.ts';
import { renderText, subjectOf } from './render.ts';

export interface MailSettings {
  /** With its password. */
  readonly url: string;
  readonly from: string;
  /** PEM: who signs the server's certificate, where the system does not know them. */
  readonly ca?: string;
  /** Refuse to mail over a connection that does not become TLS. */
  readonly requireTls?: boolean;
  readonly timeoutMs: number;
}

const LONGEST_SUBJECT = 200;

/** Mails by SMTP. A repeat has the same Message-ID, by which mailboxes know it. */
export function createMailChannel({ url, from, timeoutMs, ca, requireTls }: MailSettings): Channel {
  const transport = createTransport({
    url,
    ...(ca === undefined ? {} : { tls: { ca } }),
    ...(requireTls === true ? { requireTLS: true } : {}),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(message, { target }) {
      if (target.type !== 'email') return failed('internal');
      try {
        await transport.sendMail({
          from,
          to: [...target.to],
          subject: subjectOf(message).slice(0, LONGEST_SUBJECT),
          text: renderText(message),
          messageId: `<${message.deliveryId}@alerts.fineprint>`,
          date: new Date(message.createdAtMs),
          headers: { 'Auto-Submitted': 'auto-generated' },
        });
        return { ok: true, status: 250 };
      } catch (error) {
        return judge(error);
      }
    },
  };
}

/** The server's words may name addresses: only its codes are kept. */
function judge(error: unknown): Answer {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  const status = typeof responseCode === 'number' ? responseCode : null;
  if (code === 'EAUTH') return failed('smtp_auth', status);
  if (code === 'ETIMEDOUT') return failed('timeout', status);
  return status === null ? failed('unreachable') : failed('smtp_refused', status);
}
