import { expect, it } from 'vitest';
import { deadLetterId, derivedEventId, freshId, type IdentityHints, sourceNamespace } from './identity.ts';

const web = sourceNamespace('web');
const hints = (change: Partial<IdentityHints>): IdentityHints => ({
  eventId: null,
  messageId: null,
  idempotencyKey: null,
  route: 'product.events',
  index: 0,
  ...change,
});

it("prefers the producer's UUID, in lower case", () => {
  const eventId = 'A574BB27-3866-4371-A919-81D817995A8C';
  expect(derivedEventId(web, hints({ eventId, messageId: 'm', idempotencyKey: 'k' }))).toBe(
    eventId.toLowerCase(),
  );
});

it('derives the same id for a retry, and another for anything else', () => {
  const id = derivedEventId(web, hints({ messageId: 'm-1' }));
  expect(id).toBe('543b3d92-95f5-5263-87f7-39303575acfe');
  const others = [
    derivedEventId(sourceNamespace('app'), hints({ messageId: 'm-1' })),
    derivedEventId(web, hints({ messageId: 'm-2' })),
    derivedEventId(web, hints({ idempotencyKey: 'm-1' })),
    derivedEventId(web, hints({ idempotencyKey: 'm-1', index: 1 })),
    derivedEventId(web, hints({ idempotencyKey: 'm-1', route: 'ai.requests' })),
  ];
  expect(new Set([id, ...others]).size).toBe(6);
});

it('has none where nothing was given', () => {
  expect(derivedEventId(web, hints({}))).toBeNull();
});

it('makes a fresh one that sorts by time and never comes twice', () => {
  const ids = Array.from({ length: 5_000 }, freshId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(Number.parseInt((ids[0] ?? '').replaceAll('-', '').slice(0, 12), 16)).toBeGreaterThan(
    Date.now() - 10_000,
  );
});

it('gives a refused event the same dead letter at each retry', () => {
  expect(deadLetterId(web, 'x')).toBe(deadLetterId(web, 'x'));
  expect(deadLetterId(web, null)).not.toBe(deadLetterId(web, null));
});
