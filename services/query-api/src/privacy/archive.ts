import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { decryptStream } from '@fineprint/at-rest';
import { SECURITY_HEADERS } from '@fineprint/http-kit';
import { z } from 'zod';
import type { Endpoint } from '../ai/endpoint.ts';
import { type Call, notAcceptable, pathOf, queryOf } from '../http/call.ts';
import { readParameters } from '../params/read-parameters.ts';
import { Problem } from '../problem/problem.ts';
import { requestPath, requireRequest, requireSettings } from './operations.ts';

const parameters = z.strictObject({});
const ENCRYPTED = '.enc';

/** How the archive is documented; `handleArchive` answers it. */
export const archiveEndpoint: Omit<Endpoint, 'prepare'> = {
  path: '/api/v1/privacy/requests/{id}/archive',
  name: 'privacy.archive',
  action: 'privacy-requests',
  summary: 'The archive of an access request',
  description: 'A gzipped tar of one file of JSON lines per table, and a manifest with counts and hashes.',
  parameters,
  pathParameters: requestPath,
  answerSchema: z.string().meta({ description: 'The archive.' }),
  example: '',
};

/** Streams the file as it was written; its hash is in a header, and in the request. */
export async function handleArchive({ req, res, ports, headers }: Call): Promise<void> {
  readParameters(parameters, queryOf(req));
  const { id } = readParameters(requestPath, pathOf(req));
  if (!req.accepts('application/gzip')) throw notAcceptable();
  const { archive: folder } = requireSettings(ports);
  const { archive } = await requireRequest(ports.database, id);
  if (archive === null)
    throw new Problem('no_archive', 'The request has no archive, not yet, or not any more.');
  const file = path.join(folder?.dir ?? '', path.basename(archive.file));
  const isThere = folder !== null && (await stat(file).catch(() => null)) !== null;
  if (!isThere) throw new Problem('no_archive', 'The archive is not where it was written.');
  const isEncrypted = file.endsWith(ENCRYPTED);
  if (isEncrypted && folder.keyring === null)
    throw new Problem('no_archive', 'The archive is encrypted, and no keys are set here.');
  res.writeHead(200, {
    ...SECURITY_HEADERS,
    ...headers,
    'content-type': 'application/gzip',
    'content-length': String(archive.bytes),
    'content-disposition': `attachment; filename="${path.basename(file, ENCRYPTED)}"`,
    'x-archive-sha256': archive.sha256,
  });
  if (req.method === 'HEAD') {
    res.end();
    return;
  }
  const decrypting = isEncrypted && folder.keyring !== null ? [decryptStream(folder.keyring)] : [];
  // The client went away, or the file is damaged: an answer that is too short says so.
  await pipeline([createReadStream(file), ...decrypting, res]).catch(() => undefined);
}
