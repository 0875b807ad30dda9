import { StreamError } from './errors.ts';
import type { RecordWriter } from './ports.ts';

/** Connects at the first write; a failure is the write's, and the next one tries again. */
export function createLazyWriter(connect: () => Promise<RecordWriter>): RecordWriter {
  let connecting: Promise<RecordWriter> | null = null;
  return {
    async write(records) {
      connecting ??= connect();
      try {
        await connecting;
      } catch (cause) {
        connecting = null;
        throw new StreamError('unavailable', 'Kafka has not answered yet', { cause, retriable: true });
      }
      await (await connecting).write(records);
    },
    close: async () => (await connecting?.catch(() => null))?.close(),
  };
}
