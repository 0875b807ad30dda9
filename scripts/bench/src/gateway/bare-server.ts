/**
 * What Node itself can do: a server that reads a body, parses it, writes the record in Avro, and sends it nowhere.
 *   node bare-server.ts <port>
 */
import { createServer } from 'node:http';
import { latestSchema } from '@fineprint/schemas';
import { sampleProductEvent } from '@fineprint/stream-testing';
import avro from 'avsc';

const type = avro.Type.forSchema(latestSchema('ProductEvent').schema as avro.Schema);
const sample = sampleProductEvent();
const ANSWER = Buffer.from('{"accepted":1}');
const HEADERS = { 'content-type': 'application/json', 'content-length': ANSWER.length };

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
    for (const event of Array.isArray(body) ? body : [body]) {
      type.toBuffer({
        ...sample,
        ...event,
        properties: JSON.stringify(event.properties),
        context: JSON.stringify(event.context),
      });
    }
    response.writeHead(202, HEADERS);
    response.end(ANSWER);
  });
}).listen(Number(process.argv[2]), '127.0.0.1', () => process.send?.('ready'));
