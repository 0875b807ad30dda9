import type { Vendor } from '@fineprint/contract-servers';
import type { Answer, HttpRequest } from '@fineprint/destinations';
import type { DestinationClient } from '@fineprint/sink-forwarder/client';
import type { Remote } from './remote.ts';
import type { SimProcess } from './sim-process.ts';

export const DESTINATION_KEY = 'a key for the simulator';

/** A forwarder's way to the vendor. As the real client it never rejects: no answer is an answer. */
export function connectDestination(vendor: Vendor, remote: Remote, process: SimProcess): DestinationClient {
  const ask = ({ path, headers, body }: HttpRequest): Answer => {
    const { pathname, searchParams: query } = new URL(path, 'http://vendor');
    const answer = vendor.handle({ method: 'POST', path: pathname, query, headers, body });
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    return { status: answer.status, headers: { ...answer.headers }, body: text };
  };
  return {
    send: (request) =>
      process
        .call(remote, `events of ${request.body.length} bytes`, () => ask(request))
        .catch((): Answer => ({ status: null, headers: {}, body: '' })),
    close: () => Promise.resolve(),
  };
}
