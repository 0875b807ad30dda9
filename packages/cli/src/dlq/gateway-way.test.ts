import type { ReplayRequest } from '@fineprint/ingest-gateway/replay';
import { expect, test } from 'vitest';
import type { Answer } from '../send/judge-answer.ts';
import { toCases } from './cases.ts';
import { createGatewayWay, gatewayLinks } from './gateway-way.ts';
import { sampleLetter } from './testing.ts';
import type { FullLetter } from './ways.ts';

const gatewayLetter = (change: Parameters<typeof sampleLetter>[0] = {}) =>
  sampleLetter({
    stage: 'ingest-gateway',
    sourceTopic: null,
    source: 'web',
    route: 'product.events',
    ...change,
  });
const http = (status: number, body: unknown = null): Answer => ({
  kind: 'http',
  status,
  retryAfter: null,
  body,
});

function way(...answers: Answer[]) {
  const posted: ReplayRequest[] = [];
  const made = createGatewayWay({
    source: 'web',
    pauseMs: () => Promise.resolve(),
    post: (request) => {
      posted.push(request);
      return Promise.resolve(answers.shift() ?? http(202, { rejected: [] }));
    },
  });
  return { posted, way: made };
}
const full = (): FullLetter =>
  ({
    record: { event_id: null, value: Buffer.from('{}'), headers: { route: Buffer.from('product.events') } },
    at: sampleLetter().at,
    rootId: 'root',
  }) as unknown as FullLetter;

test('accepted, refused again, and tried again while the gateway is busy', async () => {
  const { posted, way: gateway } = way(
    http(503),
    { kind: 'network', reason: 'x' },
    http(202),
    http(422, { code: 'missing_field' }),
  );
  expect(await gateway.send([full(), full()])).toEqual(['replayed', 'refused_again']);
  expect(posted).toHaveLength(4);
  expect(new Set(posted.map((p) => p.idempotencyKey)).size).toBe(1);
});

test('a key that is refused, or a gateway that stays away, ends the replay', async () => {
  await expect(way(http(401)).way.send([full()])).rejects.toMatchObject({ code: 'WRITE_KEY_REFUSED' });
  const away = way(...Array.from({ length: 20 }, () => http(503)));
  await expect(away.way.send([full()])).rejects.toMatchObject({ code: 'GATEWAY_REFUSED' });
  expect(away.posted).toHaveLength(8);
});

test('what cannot go says why', () => {
  const { way: gateway } = way();
  expect(gateway.refusalOf(gatewayLetter())).toBeNull();
  expect(gateway.refusalOf(gatewayLetter({ headerNames: ['cut_from_bytes'] }))).toBe('bytes_cut_short');
  expect(gateway.refusalOf(gatewayLetter({ route: null }))).toBe('no_source');
  expect(gateway.refusalOf(gatewayLetter({ source: 'app' }))).toBe('other_source');
});

test('refused again without an id of its own: still one case; another source cannot name it', () => {
  const first = gatewayLetter({ id: 'a' });
  const again = gatewayLetter({ id: 'b', idempotencyKey: 'dlq-a', failedAtMs: 2_000 });
  const others = gatewayLetter({ id: 'c', idempotencyKey: 'dlq-a', source: 'app', failedAtMs: 3_000 });
  const letters = [others, again, first];
  expect(toCases(letters, new Map(), gatewayLinks(letters)).map((c) => [c.letter.id, c.state])).toEqual([
    ['b', 'refused_again'],
    ['c', 'open'],
  ]);
});
