import fc from 'fast-check';
import { expect, it } from 'vitest';
import { editsBetween, sayUnknown, unknownVariables } from './unknown-variables.ts';

const known = new Set(['KAFKA_BROKERS', 'HOST', 'PORT', 'REDIS_URL', 'FINEPRINT_DATA_DIR']);
const said = (env: Record<string, string>) => unknownVariables(known, env).map(sayUnknown);

it('finds names that are nearly right', () => {
  expect(said({ KAFKA_BROKER: 'a:1' })).toEqual([
    'KAFKA_BROKER is no setting and is not read; did you mean KAFKA_BROKERS?',
  ]);
  expect(said({ kafka_brokers: 'a:1', REDSI_URL: 'x' }).map((line) => line.split('; ')[1])).toEqual([
    'did you mean REDIS_URL?',
    'did you mean KAFKA_BROKERS?',
  ]);
});

it('leaves the environment of others alone', () => {
  expect(said({ HOME: '/', HOSTNAME: 'h', POST: 'x', PATH: '/bin', KAFKA_BROKER: '' })).toEqual([]);
  expect(said({ KAFKA_BROKER: 'a:1', KAFKA_BROKERS: 'b:1' })).toEqual([]); // who sets both means both
});

it('knows every name that begins as ours do, but for what Kubernetes makes of names of Services', () => {
  expect(said({ FINEPRINT_DATADIR: 'x', FINEPRINT_SOMETHING: 'x', FINEPRINT_DATA_DIR: '' })).toEqual([
    'FINEPRINT_DATADIR is no setting and is not read; did you mean FINEPRINT_DATA_DIR?',
    'FINEPRINT_SOMETHING is no setting and is not read',
  ]);
  expect(
    said({
      FINEPRINT_QUERY_API_PORT: 'tcp://10.0.0.1:3007',
      FINEPRINT_QUERY_API_SERVICE_HOST: '10.0.0.1',
      FINEPRINT_QUERY_API_PORT_3007_TCP_ADDR: '10.0.0.1',
    }),
  ).toEqual([]);
});

it('counts edits as people make them', () => {
  expect(editsBetween('PORT', 'PROT')).toBe(1);
  expect(editsBetween('kitten', 'sitting')).toBe(3);
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      expect(editsBetween(a, b)).toBe(editsBetween(b, a));
      expect(editsBetween(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      expect(editsBetween(a, a)).toBe(0);
    }),
  );
});
