import { createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** Certificates for tests: an authority, and a server of this machine that it vouches for. Node reads X.509 but makes none. */

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const COMMON_NAME = '2.5.4.3';
const BASIC_CONSTRAINTS = '2.5.29.19';
const SUBJECT_ALT_NAME = '2.5.29.17';
const DAY_MS = 86_400_000;

interface Authority {
  readonly name: string;
  readonly key: KeyObject;
}

/** Writes ca.crt, server.crt and server.key; the server is `localhost`, 127.0.0.1 and ::1, unless told otherwise. */
export function writeCertificates(directory: string, hosts: readonly string[] = ['localhost']): void {
  fs.mkdirSync(directory, { recursive: true });
  const pair = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const authorityPair = pair();
  const serverPair = pair();
  const authority: Authority = {
    name: `Test authority ${randomBytes(4).toString('hex')}`,
    key: authorityPair.privateKey,
  };
  const write = (name: string, content: string) =>
    fs.writeFileSync(path.join(directory, name), content, { mode: 0o600 });
  write('ca.crt', certificate(authority, authority.name, authorityPair.publicKey, [isAuthority()]));
  write('server.crt', certificate(authority, 'localhost', serverPair.publicKey, [alternativeNames(hosts)]));
  write('server.key', serverPair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}

function certificate(authority: Authority, subject: string, key: KeyObject, extensions: Buffer[]): string {
  const algorithm = sequence(oid(ECDSA_WITH_SHA256));
  const now = Date.now();
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))), // version 3
    integer(Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    algorithm,
    name(authority.name),
    sequence(time(now - DAY_MS), time(now + DAY_MS)),
    name(subject),
    key.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = createSign('sha256').update(body).sign(authority.key);
  const whole = sequence(body, algorithm, bits(signature)).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${whole.replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}

const isAuthority = () =>
  sequence(
    oid(BASIC_CONSTRAINTS),
    der(0x01, Buffer.from([0xff])),
    octets(sequence(der(0x01, Buffer.from([0xff])))),
  );

function alternativeNames(hosts: readonly string[]): Buffer {
  const addresses = hosts.includes('localhost')
    ? [Buffer.from([127, 0, 0, 1]), Buffer.concat([Buffer.alloc(15), Buffer.from([1])])]
    : [];
  const names = [
    ...hosts.map((host) => der(0x82, Buffer.from(host))),
    ...addresses.map((address) => der(0x87, address)),
  ];
  return sequence(oid(SUBJECT_ALT_NAME), octets(sequence(...names)));
}

/** Tag, length, value: all of DER. */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  const digits: number[] = [];
  for (let rest = value.length; rest > 0; rest >>= 8) digits.unshift(rest & 0xff);
  const length = value.length < 0x80 ? [value.length] : [0x80 | digits.length, ...digits];
  return Buffer.concat([Buffer.from([tag, ...length]), value]);
}

const sequence = (...parts: Buffer[]) => der(0x30, ...parts);
const integer = (value: Buffer) => der(0x02, value);
const octets = (value: Buffer) => der(0x04, value);
const bits = (value: Buffer) => der(0x03, Buffer.from([0]), value);
const name = (common: string) =>
  sequence(der(0x31, sequence(oid(COMMON_NAME), der(0x0c, Buffer.from(common)))));
const time = (ms: number) =>
  der(0x18, Buffer.from(new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '')));

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = rest.flatMap((number) => {
    const groups = [number & 0x7f];
    for (let left = number >> 7; left > 0; left >>= 7) groups.unshift(0x80 | (left & 0x7f));
    return groups;
  });
  return der(0x06, Buffer.from([first * 40 + second, ...bytes]));
}
