import type { KafkaConnection, TopicAdmin } from '@fineprint/stream-runtime';
import { lagByTopic, readLag } from '@fineprint/stream-runtime/lag';
import type { Sources } from './observe.ts';

/** Reads how far each group is; connects when it is asked, and anew after a failure. */
export function createLagReader(kafka: Pick<KafkaConnection, 'admin'>): {
  readonly read: Sources['lag'];
  close(): Promise<void>;
} {
  let admin: TopicAdmin | null = null;
  const close = async () => {
    const spent = admin;
    admin = null;
    await spent?.close();
  };
  return {
    async read() {
      try {
        admin ??= await kafka.admin();
        const partitions = await readLag(admin);
        // A group that never began belongs to a service that is not run here.
        const begun = new Set(partitions.filter((p) => p.committed !== null).map((p) => p.group));
        return lagByTopic(partitions.filter((p) => begun.has(p.group)));
      } catch (error) {
        await close().catch(() => undefined); // it is of no use any more; the failure itself is told
        throw new LagUnknown(error);
      }
    },
    close,
  };
}

export class LagUnknown extends Error {
  constructor(cause: unknown) {
    super('Kafka did not say how far its groups are', { cause });
    this.name = 'LagUnknown';
  }
}
