import { describe, expect, it } from 'vitest';
import { startupScript } from './startup-script.ts';

const script = startupScript({
  databases: ['b', 'a', 'b'],
  gateUrl: (step) => `http://gate/${step}`,
  drainTimeoutMs: 1_250,
});

describe('startupScript', () => {
  it('creates each database once, the default one too', () => {
    for (const name of ['default', 'a', 'b'])
      expect(script).toContain(`CREATE DATABASE IF NOT EXISTS \`${name}\`;`);
    expect(script.split('CREATE DATABASE')).toHaveLength(4);
  });

  it('passes the gate before it listens, and drains before it ends', () => {
    const order = [
      'gate/started',
      'START LISTEN',
      'gate/listening',
      'gate/stop',
      'STOP LISTEN',
      'RECURSIVE',
      'KILL QUERY',
      'gate/drained',
    ];
    const places = order.map((part) => script.indexOf(part));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it('bounds the drain', () => {
    expect(script).toContain('step < 13');
  });
});
