import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { expect, it } from 'vitest';
import { writeCertificates } from './certificates.ts';

it('an authority, and a server that TLS accepts by it and by nobody else', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'certificates-'));
  try {
    writeCertificates(directory);
    const read = (name: string) => fs.readFileSync(path.join(directory, name), 'utf8');
    const authority = new X509Certificate(read('ca.crt'));
    expect(authority.ca).toBe(true);
    expect(new X509Certificate(read('server.crt')).checkIssued(authority)).toBe(true);
    const server = tls.createServer({ cert: read('server.crt'), key: read('server.key') }, (s) => s.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const connect = (ca?: string) =>
      new Promise<string>((resolve) => {
        const socket = tls.connect({ host: '127.0.0.1', port, ...(ca === undefined ? {} : { ca }) });
        socket
          .once('secureConnect', () => resolve('trusted'))
          .once('error', (e: NodeJS.ErrnoException) => resolve(e.code ?? ''));
      });
    expect(await connect(read('ca.crt'))).toBe('trusted');
    expect(await connect()).toMatch(/UNABLE_TO_VERIFY|SELF_SIGNED|UNABLE_TO_GET/);
    server.close();
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
});
