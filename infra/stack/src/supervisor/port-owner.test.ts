import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { isPortTaken, listeningAddresses, listeningInodes, portOwner } from './port-owner.ts';

test('finds the listening socket of a port in /proc/net/tcp', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:2384 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11111 1',
    '   1: 0100007F:2384 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 22222 1',
    '   2: 00000000:2385 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 33333 1',
  ].join('\n');
  expect(listeningInodes(table, 9092)).toEqual(['11111']);
  expect(listeningInodes(table, 9093)).toEqual(['33333']);
  expect(listeningInodes('', 9092)).toEqual([]);
  expect(listeningAddresses(table, 9092)).toEqual(['127.0.0.1']);
  expect(listeningAddresses(table, 9093)).toEqual(['0.0.0.0']);
});

test('sees the IPv4 address inside the IPv6 one that a JVM listens on', () => {
  const row = (address: string) => `header\n   0: ${address}:2384 0:0000 0A 0:0 00:0 0 0 0 11111`;
  expect(listeningAddresses(row('0000000000000000FFFF00000100007F'), 9092)).toEqual(['127.0.0.1']);
  expect(listeningAddresses(row('0'.repeat(32)), 9092)).toEqual([`IPv6 ${'0'.repeat(32)}`]);
});

test('knows a taken port and who holds it', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await isPortTaken(port)).toBe(true);
  expect(portOwner(port)?.pid).toBe(process.pid);
  server.close();
  await once(server, 'close');
  expect(await isPortTaken(port)).toBe(false);
});
