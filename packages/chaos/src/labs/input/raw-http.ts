import { connect } from 'node:net';

const ANSWER_WITHIN_MS = 10_000;

/** Sends bytes that no client would; answers all that comes back. */
export function rawHttp(url: string, bytes: string): Promise<string> {
  const { port, hostname } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let answer = '';
    const done = () => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(ANSWER_WITHIN_MS, done);
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', done); // a connection that is cut is an answer too
    socket.on('close', done);
    socket.write(bytes, 'latin1');
  });
}

export const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
