import type { Lab } from '../lab.ts';

export const killWhileSpooling: Lab = {
  name: 'kill-while-spooling',
  title: 'Kafka is frozen, the gateway keeps events on its disk, and is killed while it does',
  kind: 'fault',
  passes: 'whatever was answered with 202 from the spool is stored once',
  takesMs: 50_000,
  async run({ fleet, parts, fault, random, sleep }) {
    const gateway = fleet.one('ingest-gateway');
    await fault('freeze kafka, kill -9 the spooling gateway', async () => {
      await parts.freeze('kafka');
      try {
        await sleep(random.between(5_000, 9_000));
        await gateway.kill();
        gateway.start();
        await sleep(random.between(1_000, 6_000));
      } finally {
        await parts.thaw('kafka');
      }
    });
    // Killed again while it drains.
    await sleep(random.between(500, 3_000));
    await gateway.kill();
    gateway.start();
    await gateway.ready();
    await sleep(3_000);
  },
};
