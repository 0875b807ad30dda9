/** Why a server that is there does not let us in. Stable: /ready, logs and the command line name them. */
export type ConnectionProblemKind =
  | 'certificate_untrusted' // nobody we trust signed it, or it is of another host, or out of date
  | 'login_refused' // the name or password is wrong, or one is missing
  | 'tls_not_spoken'; // we speak TLS and the server does not

export interface ConnectionProblem {
  readonly kind: ConnectionProblemKind;
  /** The client's own code; never a value that was sent. */
  readonly detail: string;
}

/** How a reader gets on. */
export const connectionFixes: Readonly<Record<ConnectionProblemKind, string>> = {
  certificate_untrusted:
    'the certificate of the server is not trusted: name its certificate authority by the *_CA_FILE variable, and use the host name that the certificate is for',
  login_refused: 'the server refused the login: check the user name and the password',
  tls_not_spoken: 'the server does not speak TLS there: check the port, or the settings that ask for TLS',
};

const CERTIFICATE_CODE =
  /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|PATH_LENGTH_|ERR_TLS_CERT_)/;
/** Where a library keeps nothing of an error but its text. */
const CERTIFICATE_TEXT =
  /self-signed certificate|unable to verify the first certificate|unable to get (local )?issuer|does not match certificate's altnames|certificate has expired|certificate is not yet valid/i;
/** Postgres, ClickHouse, SMTP. */
const LOGIN_CODES: ReadonlySet<string> = new Set(['28P01', '28000', '516', 'EAUTH']);
const LOGIN_TEXT = /^(WRONGPASS|NOAUTH)\b|invalid credentials/;
const NOT_TLS_CODE = /^(EPROTO|ERR_SSL_)/;
const NOT_TLS_TEXT =
  /before secure TLS connection was established|does not support SSL connections|wrong version number|packet length too long/;

/** Looks through an error and what caused it. Null: it is none of these, the server is away, say. */
export function connectionProblem(error: unknown): ConnectionProblem | null {
  const seen = new Set<unknown>();
  for (let at = error; at instanceof Error && !seen.has(at); at = at.cause) {
    seen.add(at);
    const found = judge(at);
    if (found !== null) return found;
  }
  return null;
}

function judge(error: Error): ConnectionProblem | null {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const is = (kind: ConnectionProblemKind, fallback: string): ConnectionProblem => ({
    kind,
    detail: code === '' ? fallback : code,
  });
  if (CERTIFICATE_CODE.test(code) || CERTIFICATE_TEXT.test(error.message))
    return is('certificate_untrusted', 'certificate');
  if (
    LOGIN_CODES.has(code) ||
    error.name === 'KafkaJSSASLAuthenticationError' ||
    LOGIN_TEXT.test(error.message)
  )
    return is('login_refused', 'login');
  if (NOT_TLS_CODE.test(code) || NOT_TLS_TEXT.test(error.message)) return is('tls_not_spoken', 'tls');
  return null;
}
