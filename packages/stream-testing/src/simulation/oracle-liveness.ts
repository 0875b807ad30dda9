import { SIMULATED } from './plan.ts';
import type { Producers } from './producers.ts';
import type { World } from './world.ts';

/** What still waits: producers, the spool, and every group behind the end of its topics. Empty where all is done. */
export function waiting(world: World, producers: Producers): string[] {
  const list: string[] = [];
  if (!producers.done()) list.push('producers are not done');
  if (world.disk.waiting() > 0) list.push(`${world.disk.waiting()} records wait in the spool`);
  for (const node of SIMULATED) {
    for (const place of world.groups[node].places) {
      const end = world.log.read(place.topic, place.partition).length;
      const at = world.groups[node].committed(place) ?? 0;
      if (at < end) list.push(`${node} is at ${at} of ${end} in ${place.topic}/${place.partition}`);
    }
  }
  return list;
}
