import { standingIn } from '@fineprint/consent';
import { stampIn } from './oracle-consent.ts';
import { withoutRepeats } from './oracle-delivery.ts';
import type { World } from './world.ts';

const INPUT = 'product.events.clean';

/** Every clean event that may be shared is at the destination once, or in the dead letter; nothing else is there; each has its receipt. */
export function checkDestination(world: World): string[] {
  const events = world.log.all(INPUT).flatMap(({ records }) =>
    withoutRepeats(records).map((r) => ({
      event_id: world.decode(INPUT, r.value).event_id,
      isWithheld: standingIn(stampIn(r), 'marketing') === 'denied',
    })),
  );
  const withheld = new Set(events.filter((e) => e.isWithheld).map((e) => e.event_id));
  const held = Map.groupBy(world.vendor.events.values(), ({ event }) => {
    const { properties } = event as { properties?: { $insert_id?: string } };
    return properties?.$insert_id ?? 'no id';
  });
  const refused = new Set(world.deadLetters('dead-letter.forwarder-mixpanel').map((l) => l.event_id));
  const receipts = new Map(
    world.log.all('sinks.deliveries').flatMap(({ records }) =>
      records.map((r) => {
        const { event_id, outcome } = world.decode('sinks.deliveries', r.value);
        return [event_id, outcome] as const;
      }),
    ),
  );
  const ids = new Set(events.map((e) => e.event_id));
  return [
    ...[...ids].flatMap((id) => {
      const times = held.get(id)?.length ?? 0;
      const isRefused = refused.has(id);
      if (withheld.has(id))
        return times === 0 && receipts.get(id) === 'dropped'
          ? []
          : [
              `destination: ${id} lacks consent, is there ${times} times, and its receipt is ${receipts.get(id)}`,
            ];
      if (times + (isRefused ? 1 : 0) !== 1)
        return [`destination: ${id} is there ${times} times${isRefused ? ', and in the dead letter' : ''}`];
      const outcome = isRefused ? 'rejected' : 'delivered';
      return receipts.get(id) === outcome
        ? []
        : [`receipt: of ${id} it is ${receipts.get(id)}, not ${outcome}`];
    }),
    ...[...held.keys()].flatMap((id) => (ids.has(id) ? [] : [`destination: ${id} is no clean event`])),
  ];
}
