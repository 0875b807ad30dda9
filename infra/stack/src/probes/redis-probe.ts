import net from 'node:net';
import tls from 'node:tls';

/** AUTH and PING: Redis answers `-LOADING` to the latter until its append-only file is read back. */
export async function redisProbe(url: string, signal: AbortSignal): Promise<void> {
  const server = new URL(url);
  const address = { host: server.hostname, port: Number(server.port || '6379') };
  const secure = server.protocol === 'rediss:';
  const socket = secure ? tls.connect({ ...address, servername: address.host }) : net.connect(address);
  const onAbort = () => socket.destroy(new Error('timed out'));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      let received = '';
      socket.once(secure ? 'secureConnect' : 'connect', () =>
        socket.write(authenticate(server) + command('PING')),
      );
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1');
        const problem = /^-(.*)\r\n/m.exec(received);
        if (problem) reject(new Error(problem[1]));
        else if (received.includes('+PONG\r\n')) resolve();
      });
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('the connection was closed')));
    });
  } finally {
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}

function authenticate(server: URL): string {
  if (server.password === '') return '';
  const user = server.username === '' ? [] : [decodeURIComponent(server.username)];
  return command('AUTH', ...user, decodeURIComponent(server.password));
}

function command(...words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}
