import { REPO_DIR } from '@fineprint/stack';
import type { Instance } from '../fleet/instance.ts';
import type { Lab } from '../lab.ts';

/** How long both versions work side by side, each on its share of the partitions. */
const SIDE_BY_SIDE_MS = 4_000;
/** For requests that are under way at the second one when producers are sent back. */
const LAST_REQUESTS_MS = 1_000;

/**
 * As a deployment with one pod more does it: the newer one comes first, both work side by side, then the older one ends. Topics and
 * tables have been brought to the newer version before, while the older services ran on them.
 */
export const rollingUpgrade: Lab = {
  name: 'rolling-upgrade',
  title:
    'every service of an older version (--from) is replaced by one of this version, both side by side for a while',
  kind: 'fault',
  passes: 'producers see no error, and neither version ends by itself',
  takesMs: 200_000,
  weight: 0,
  async run(context) {
    const { fleet, check, figure, book, routeProducers } = context;
    check('there is an older version to begin with', fleet.older !== null);
    if (fleet.older === null) return;
    const errors = () => [...book.failures.values()].reduce((sum, n) => sum + n, 0);
    const before = errors();
    for (const service of fleet.services)
      await context.fault(`replace ${service}`, async () => {
        await fleet.scale(service, 2);
        const [old, beside] = fleet.instances(service);
        if (old === undefined || beside === undefined) throw new Error(`${service} has no second instance`);
        await beside.ready();
        if (service === 'ingest-gateway') routeProducers(beside);
        await context.sleep(SIDE_BY_SIDE_MS);
        await replace(old);
        if (service === 'ingest-gateway') routeProducers(old);
        await context.sleep(LAST_REQUESTS_MS);
        await fleet.scale(service, 1);
      });
    check('producers saw no error', errors() === before, `${errors() - before} failed attempts`);
    const crashed = Object.keys(fleet.crashes());
    check('no service ended by itself', crashed.length === 0, crashed.join(', '));
    figure('services_replaced', fleet.services.length);
  },
};

/** The first instance has the port that others know, so it stays, of the newer version. */
async function replace(instance: Instance): Promise<void> {
  await instance.stop();
  instance.runFrom(REPO_DIR);
  instance.start();
  await instance.ready();
}
