import path from 'node:path';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function checked(requestId: string): string {
  if (!UUID.test(requestId)) throw new Error('a request is named by a UUID');
  return requestId;
}

/** Where a request's archive lies. */
export const archivePath = (dir: string, requestId: string): string =>
  path.join(dir, `${checked(requestId)}.tar.gz`);

/** Where its files lie until they are one archive. */
export const partsPath = (dir: string, requestId: string): string =>
  path.join(dir, `${checked(requestId)}.parts`);
