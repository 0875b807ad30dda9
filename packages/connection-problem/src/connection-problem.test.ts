import { expect, it } from 'vitest';
import { connectionProblem } from './connection-problem.ts';

const coded = (code: string, message = 'x') => Object.assign(new Error(message), { code });

it('tells why a server does not let us in, from a code, a text or a cause', () => {
  const kindOf = (error: unknown) => connectionProblem(error)?.kind;
  expect(kindOf(coded('SELF_SIGNED_CERT_IN_CHAIN'))).toBe('certificate_untrusted');
  expect(kindOf(coded('ERR_TLS_CERT_ALTNAME_INVALID'))).toBe('certificate_untrusted');
  expect(kindOf(new Error('outer', { cause: coded('DEPTH_ZERO_SELF_SIGNED_CERT') }))).toBe(
    'certificate_untrusted',
  );
  expect(kindOf(new Error('request failed: unable to verify the first certificate'))).toBe(
    'certificate_untrusted',
  );
  expect(kindOf(coded('28P01'))).toBe('login_refused');
  expect(kindOf(new Error('WRONGPASS invalid username-password pair'))).toBe('login_refused');
  expect(kindOf(coded('EPROTO'))).toBe('tls_not_spoken');
  expect(kindOf(new Error('The server does not support SSL connections'))).toBe('tls_not_spoken');
  expect(kindOf(coded('ECONNREFUSED'))).toBeUndefined();
  expect(kindOf('text')).toBeUndefined();
});

it('ends with causes that go round', () => {
  const error = new Error('a');
  error.cause = error;
  expect(connectionProblem(error)).toBeNull();
});
