import type { Lab } from '../lab.ts';

export const swizzleClog: Lab = {
  name: 'swizzle-clog',
  title: 'a random part of everything is frozen bit by bit, and goes on in another order',
  kind: 'fault',
  passes: 'as for one part alone',
  takesMs: 50_000,
  async run({ fleet, parts, fault, random, sleep }) {
    const all = [
      ...parts.names.map((part) => ({
        name: part,
        freeze: () => parts.freeze(part),
        thaw: () => parts.thaw(part),
      })),
      ...fleet.all().map((instance) => ({
        name: instance.name,
        freeze: async () => instance.freeze(),
        thaw: async () => instance.thaw(),
      })),
    ];
    const clogged = random.shuffled(all).slice(0, 2 + random.below(all.length - 2));
    await fault(`freeze ${clogged.map((c) => c.name).join(', ')}`, async () => {
      try {
        for (const one of clogged) {
          await one.freeze();
          await sleep(random.between(0, 500));
        }
        await sleep(random.between(3_000, 12_000));
      } finally {
        for (const one of random.shuffled(clogged)) {
          await one.thaw();
          await sleep(random.between(0, 1_000));
        }
      }
    });
    await sleep(5_000);
  },
};
