import type { Lab } from '../lab.ts';

export const rollingRestart: Lab = {
  name: 'rolling-restart',
  title:
    'all services are replaced one after another, as a deployment does it; producers are sent to another gateway first',
  kind: 'fault',
  passes: 'producers see no error',
  takesMs: 90_000,
  async run({ fleet, fault, check, book, sleep, routeProducers }) {
    const errors = () => [...book.failures.values()].reduce((sum, n) => sum + n, 0);
    const before = errors();
    const gateway = fleet.one('ingest-gateway');
    for (const service of fleet.services) {
      await fault(`replace ${service}`, async () => {
        if (service === 'ingest-gateway') {
          await fleet.scale(service, 2);
          const second = fleet.instances(service).at(-1) ?? gateway;
          await second.ready();
          routeProducers(second);
        }
        const instance = fleet.one(service);
        await instance.stop();
        instance.start();
        await instance.ready();
      });
      if (service === 'ingest-gateway') {
        routeProducers(gateway);
        await sleep(1_000);
        await fleet.scale(service, 1);
      }
    }
    check('producers saw no error', errors() === before, `${errors() - before} failed attempts`);
  },
};
