import type { ServiceName } from '../fleet/fleet.ts';
import type { Lab, LabContext } from '../lab.ts';
import { newEvent, post, storedRows } from './input/send.ts';
import { turnOf } from './turn.ts';

const AWAY_MS = 6_000;
/** Without these no event gets from a producer to its table. */
const ON_THE_WAY: ReadonlySet<ServiceName> = new Set<ServiceName>([
  'ingest-gateway',
  'pii-scrubber',
  'warehouse-loader',
]);

export const registryAway: Lab = {
  name: 'registry-away',
  title: 'the schema registry is stopped, and a service is started without it',
  kind: 'fault',
  passes: 'known schemas go on; what starts without any does not say that it is ready',
  takesMs: 45_000,
  async run(context) {
    const { fleet, parts, fault, check, occurrence, sleep } = context;
    const service = turnOf<ServiceName>([...fleet.groups, 'ingest-gateway'], occurrence);
    const instance = fleet.one(service);
    await fault(`stop the registry, start ${service} cold`, async () => {
      await parts.terminate('registry');
      try {
        await instance.kill();
        instance.start();
        await sleep(AWAY_MS);
        const said = await fetch(`${instance.url}/ready`).then(
          (answer) => answer.status,
          () => 0,
        );
        check(`${service} is not ready without the registry`, said !== 200, `/ready said ${said}`);
        if (!ON_THE_WAY.has(service)) await checkFlow(context);
      } finally {
        await parts.start('registry');
      }
    });
    await instance.ready();
    await sleep(3_000);
  },
};

/** Who knows its schemas already does not miss the registry. */
async function checkFlow(context: LabContext): Promise<void> {
  const event = newEvent(context);
  await post(context, { body: JSON.stringify([event]) });
  const rows = await storedRows(context, 'product', [event.event_id], '1 AS one');
  context.check('events with known schemas are stored meanwhile', rows.length === 1, `${rows.length} rows`);
}
