import { describe, expect, it } from 'vitest';
import { clientAddressBehind } from './client-address.ts';

type Request = Parameters<ReturnType<typeof clientAddressBehind>>[0];
const from = (remoteAddress: string, forwarded?: string) =>
  ({
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    socket: { remoteAddress },
  }) as Request;

describe("a client's address", () => {
  const addressOf = clientAddressBehind(['127.0.0.1', '10.1.0.0/16', '::1']);
  it.each([
    ['203.0.113.7', undefined, '203.0.113.7'],
    ['::ffff:203.0.113.7', undefined, '203.0.113.7'],
    ['203.0.113.7', '198.51.100.1', '203.0.113.7'],
    ['127.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['127.0.0.1', '6.6.6.6, 198.51.100.1, 10.1.2.3', '198.51.100.1'],
    ['127.0.0.1', 'nobody', '127.0.0.1'],
    ['127.0.0.1', '', '127.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', undefined, '2001:db8:1:2::/64'],
    ['2001:db8::6', undefined, '2001:db8:0:0::/64'],
    ['::1', '2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ])('of %s that forwards %s is %s', (peer, forwarded, expected) => {
    expect(addressOf(from(peer, forwarded))).toBe(expected);
  });
});

it('trusts proxies on this machine where nothing else is said', () => {
  expect(clientAddressBehind()(from('127.0.0.1', '198.51.100.1'))).toBe('198.51.100.1');
});
