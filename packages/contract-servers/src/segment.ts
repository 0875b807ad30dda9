import {
  basicUser,
  createKeeper,
  objectOf,
  parseJson,
  type Vendor,
  type VendorAnswer,
  type VendorRequest,
} from './vendor.ts';

const MAX_BATCH_BYTES = 512_000;
const MAX_EVENT_BYTES = 32_768;
const CALLS: ReadonlySet<string> = new Set(['track', 'identify', 'page', 'screen', 'group', 'alias']);

export interface SegmentVendor extends Vendor {
  /** Segment answers 200 to events that it does not accept: those without an id, or tracks without a name. */
  readonly discarded: readonly unknown[];
}

/** Segment's HTTP tracking API as documented: a batch is taken as a whole; what is too large or no JSON gets 400. */
export function createSegment(settings: { readonly writeKey: string }): SegmentVendor {
  const keeper = createKeeper();
  const discarded: unknown[] = [];
  const take = (event: Record<string, unknown>) => {
    const { messageId, userId, anonymousId, type, event: name } = event;
    const isAccepted =
      (typeof userId === 'string' || typeof anonymousId === 'string') &&
      (type !== 'track' || typeof name === 'string');
    if (isAccepted) keeper.take(String(messageId ?? `none-${keeper.arrivals.size}`), event);
    else discarded.push(event);
  };
  return {
    ...keeper,
    discarded,
    handle(request): VendorAnswer {
      const refusal = refusalOf(request, settings.writeKey);
      if (refusal !== null) return refusal;
      for (const event of eventsOf(request)) if (event !== null) take(event);
      return { status: 200, body: { success: true } };
    },
  };
}

const callOf = (path: string) => /^\/v1\/(\w+)$/.exec(path)?.[1] ?? '';

function eventsOf({ path, body }: VendorRequest): (Record<string, unknown> | null)[] {
  const value = objectOf(parseJson(body));
  const call = callOf(path);
  const batch = call === 'batch' ? value?.['batch'] : [{ ...value, type: call }];
  return Array.isArray(batch) ? batch.map(objectOf) : [null];
}

function refusalOf(request: VendorRequest, writeKey: string): VendorAnswer | null {
  const { method, path, headers, body } = request;
  const call = callOf(path);
  if (method !== 'POST' || (call !== 'batch' && !CALLS.has(call))) return { status: 404, body: 'Not Found' };
  const value = objectOf(parseJson(body));
  if (value === null) return refuse(400, 'malformed JSON');
  if ((basicUser(headers['authorization']) ?? value['writeKey']) !== writeKey)
    return refuse(401, 'invalid write key');
  const limit = call === 'batch' ? MAX_BATCH_BYTES : MAX_EVENT_BYTES;
  if (Buffer.byteLength(body) > limit) return refuse(400, 'exceeds max request size');
  const isTooLarge = (event: object | null) =>
    event === null || Buffer.byteLength(JSON.stringify(event)) > MAX_EVENT_BYTES;
  return eventsOf(request).some(isTooLarge) ? refuse(400, 'exceeds max event size') : null;
}

const refuse = (status: number, message: string): VendorAnswer => ({
  status,
  body: { success: false, message },
});
