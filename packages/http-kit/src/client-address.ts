import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';

/** Who a request comes from, by address. */
export type ClientAddress = (req: Pick<IncomingMessage, 'headers' | 'socket'>) => string;

const LOOPBACK: readonly string[] = ['127.0.0.0/8', '::1/128'];
const MAX_HOPS = 10;

/**
 * The peer's address or, where the peer is a proxy of ours, the last address in X-Forwarded-For that is none: everything before
 * it may be invented. Of IPv6 the network counts (/64), which one client has whole.
 */
export function clientAddressBehind(proxies: readonly string[] = LOOPBACK): ClientAddress {
  const ours = new BlockList();
  for (const proxy of proxies) addTo(ours, proxy);
  const isOurs = (address: string) => ours.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  return ({ headers, socket }) => {
    let address = plain(socket.remoteAddress ?? '');
    const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
    for (const hop of forwarded.reverse().slice(0, MAX_HOPS)) {
      const named = plain(hop.trim());
      if (isIP(address) === 0 || !isOurs(address) || isIP(named) === 0) break;
      address = named;
    }
    return isIPv6(address) ? networkOf(address) : address;
  };
}

/** An IPv4 address inside IPv6 is that address. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/, '');

function addTo(list: BlockList, proxy: string): void {
  const [address = '', prefix] = proxy.split('/');
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  if (prefix === undefined) list.addAddress(address, family);
  else list.addSubnet(address, Number(prefix), family);
}

/** The first four groups of eight. */
function networkOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((g) => Number.parseInt(g, 16).toString(16))
    .join(':')}::/64`;
}
