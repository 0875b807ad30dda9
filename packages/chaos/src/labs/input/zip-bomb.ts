import { promisify } from 'node:util';
import { brotliCompress, constants, gzip, zstdCompress } from 'node:zlib';
import { readProcesses } from '../../fleet/process-tree.ts';
import type { Lab, LabContext } from '../../lab.ts';
import { post } from './send.ts';

const MIB = 1_048_576;
const ZEROS_BYTES = 100 * MIB;
const MAX_GROWTH_MIB = 32;
const SETTLE_MS = 3_000;
const SAMPLE_MS = 20;

/** What costs the reader most memory, made quickly. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 2, [constants.BROTLI_PARAM_LGWIN]: 24 } };
const BOMBS = {
  gzip: promisify(gzip),
  br: (zeros: Buffer) => promisify(brotliCompress)(zeros, BROTLI),
  zstd: (zeros: Buffer) => promisify(zstdCompress)(zeros),
} as const;

export const zipBomb: Lab = {
  name: 'zip-bomb',
  title: '100 MiB of zeros as gzip, br and zstd',
  kind: 'input',
  passes: `413, and the gateway's memory grows by less than ${MAX_GROWTH_MIB} MiB`,
  takesMs: 60_000,
  async run(context) {
    const zeros = Buffer.alloc(ZEROS_BYTES, 0x20);
    const before = await highestRss(context, () => context.sleep(SETTLE_MS));
    for (const [encoding, compress] of Object.entries(BOMBS)) {
      const body = await compress(zeros);
      const sent = async () => {
        const answer = await post(context, { body, headers: { 'content-encoding': encoding } });
        const isRefused = answer.status === 413 && answer.code === 'body_too_large';
        context.check(`${encoding}: 413 body_too_large`, isRefused, `${answer.status} ${answer.code}`);
      };
      const during = await highestRss(context, () =>
        context.fault(`${body.length} bytes of ${encoding} that are 100 MiB`, sent),
      );
      const growthMib = Math.round(((during - before) / MIB) * 10) / 10;
      context.figure(`memory_growth_mib_${encoding}`, growthMib);
      context.check(
        `${encoding}: less than ${MAX_GROWTH_MIB} MiB more`,
        growthMib < MAX_GROWTH_MIB,
        `${growthMib} MiB`,
      );
    }
  },
};

/** The most that the gateway's process holds while something is done. */
async function highestRss({ fleet }: LabContext, work: () => Promise<unknown>): Promise<number> {
  const pid = fleet.one('ingest-gateway').pid();
  let highest = 0;
  let working = true;
  const done = work().finally(() => {
    working = false;
  });
  done.catch(() => undefined); // awaited below
  do {
    const bytes = (await readProcesses()).find((p) => p.pid === pid)?.rssBytes ?? 0;
    highest = Math.max(highest, bytes);
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  } while (working);
  await done;
  return highest;
}
