import net from 'node:net';

const API_VERSIONS_KEY = 18;
const CORRELATION_ID = 7;

/**
 * Asks the broker which API versions it speaks. It answers only once it is unfenced and serving, while its port accepts
 * connections earlier, so an open port would not do.
 */
export async function kafkaProbe(host: string, port: number, signal: AbortSignal): Promise<void> {
  const socket = net.connect({ host, port, signal });
  try {
    await new Promise<void>((resolve, reject) => {
      let received = Buffer.alloc(0);
      socket.once('connect', () => socket.write(apiVersionsRequest()));
      socket.on('data', (chunk) => {
        received = Buffer.concat([received, chunk]);
        if (received.length < 10) return;
        const answered = received.readInt32BE(4) === CORRELATION_ID && received.readInt16BE(8) === 0;
        if (answered) resolve();
        else reject(new Error('the port does not speak the Kafka protocol'));
      });
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('the broker closed the connection')));
    });
  } finally {
    socket.destroy();
  }
}

/** Length, then header v1: api key, api version 0, correlation id, client id. The body is empty. */
function apiVersionsRequest(): Buffer {
  const clientId = Buffer.from('fineprint-probe');
  const request = Buffer.alloc(4 + 10 + clientId.length);
  request.writeInt32BE(request.length - 4, 0);
  request.writeInt16BE(API_VERSIONS_KEY, 4);
  request.writeInt16BE(0, 6);
  request.writeInt32BE(CORRELATION_ID, 8);
  request.writeInt16BE(clientId.length, 12);
  clientId.copy(request, 14);
  return request;
}
