import { type SchemaRegistry, StreamError } from '@fineprint/stream-runtime';
import type { MemoryRegistry } from '../memory-registry.ts';
import type { Remote } from './remote.ts';
import type { SimProcess } from './sim-process.ts';

/** The schema registry over the network. */
export const connectRegistry = (
  process: SimProcess,
  remote: Remote,
  registry: MemoryRegistry,
): SchemaRegistry => ({
  register: (topic) => registry.register(topic),
  async lookup(id) {
    try {
      const schema = await process.call(remote, `schema ${id}`, () => registry.lookup(id));
      return schema;
    } catch (error) {
      throw new StreamError('registry_unavailable', 'the registry does not answer', {
        cause: error,
        retriable: true,
      });
    }
  },
});
