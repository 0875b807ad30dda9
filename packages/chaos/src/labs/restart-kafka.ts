import type { Lab } from '../lab.ts';

const restart = (name: string, title: string, how: 'terminate' | 'kill'): Lab => ({
  name,
  title,
  kind: 'fault',
  passes: 'no event that was answered with 2xx is lost: what came meanwhile is in the spool',
  takesMs: 30_000,
  async run({ parts, fault, random, sleep }) {
    await fault(`${how === 'kill' ? 'kill -9' : 'stop'} kafka, start it again`, async () => {
      await parts[how]('kafka');
      await sleep(random.between(500, 5_000));
      await parts.start('kafka');
    });
    await sleep(5_000);
  },
});

export const kafkaStop = restart(
  'kafka-stop',
  'the broker is stopped in order, and started again',
  'terminate',
);
export const kafkaKill = restart('kafka-kill', 'kill -9 of the broker, and a start', 'kill');
