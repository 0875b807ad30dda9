import tls from 'node:tls';
import { connectionFixes, connectionProblem } from '@fineprint/connection-problem';
import { StreamError, type StreamErrorCode } from '../errors.ts';

/** What is looked at of a connection's settings. */
export interface Approach {
  readonly brokers: readonly string[];
  readonly ssl?: unknown;
  readonly sasl?: unknown;
}

const CODES = {
  certificate_untrusted: 'kafka_certificate_untrusted',
  login_refused: 'kafka_login_refused',
  tls_not_spoken: 'kafka_tls_not_spoken',
} as const satisfies Record<string, StreamErrorCode>;

const PROBE_TIMEOUT_MS = 2_000;

/** What connecting failed with, as a StreamError that says what to do where Kafka is there and does not let us in. */
export async function explainRefusal(approach: Approach, error: unknown): Promise<unknown> {
  const refused = (code: StreamErrorCode, text: string) =>
    new StreamError(code, `${approach.brokers.join(',')}: ${text}`, { cause: error, retriable: true });
  const problem = connectionProblem(error);
  if (problem !== null)
    return refused(CODES[problem.kind], `${connectionFixes[problem.kind]} (${problem.detail})`);
  if (!wasClosed(error)) return error;
  if (approach.ssl === undefined && (await speaksTls(approach.brokers)))
    return refused('kafka_tls_expected', 'the broker speaks TLS: set KAFKA_SSL=true');
  if (approach.sasl === undefined)
    return refused(
      'kafka_login_expected',
      'the broker closed the connection before it answered, as it does to whoever does not log in: set KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD',
    );
  return error;
}

/** The connection stood, and the broker ended it instead of answering. */
function wasClosed(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (/Closed connection|socket hang up/.test(at.message)) return true;
    if ('code' in at && at.code === 'ECONNRESET') return true;
  }
  return false;
}

/** Whether TLS is answered with TLS. Nothing is sent over it, so whose certificate it is does not matter here. */
async function speaksTls(brokers: readonly string[]): Promise<boolean> {
  const [host = '', port = ''] = brokers[0]?.split(/:(?=\d+$)/) ?? [];
  const socket = tls.connect({ host, port: Number(port), rejectUnauthorized: false });
  try {
    return await new Promise<boolean>((resolve) => {
      socket.setTimeout(PROBE_TIMEOUT_MS, () => resolve(false));
      socket.once('secureConnect', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
    });
  } finally {
    socket.destroy();
  }
}
