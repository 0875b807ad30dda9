import { expect, test } from 'vitest';
import { MAX_PORT_OFFSET, PORT_BASES, portsFor } from './parts.ts';

test('every port moves by the offset, up to the highest there is', () => {
  expect(portsFor(0)).toEqual(PORT_BASES);
  expect(Math.max(...Object.values(portsFor(MAX_PORT_OFFSET)))).toBe(65_535);
});

test('no two base ports are equal modulo 100, which test slots rely on', () => {
  const residues = Object.values(PORT_BASES).map((port) => port % 100);
  expect(new Set(residues).size).toBe(residues.length);
});
