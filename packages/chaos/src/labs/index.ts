import type { Lab } from '../lab.ts';
import { deadLetterRefused } from './dead-letter-refused.ts';
import { destinationAway } from './destination/away.ts';
import { destinationAwayLong } from './destination/away-long.ts';
import { freezeLabs } from './freeze-part.ts';
import { garbage } from './garbage.ts';
import { inputLabs } from './input/index.ts';
import { kafkaDiskFull } from './kafka-disk-full.ts';
import { killService } from './kill-service.ts';
import { killWhileSpooling } from './kill-while-spooling.ts';
import { rebalanceStorm } from './rebalance-storm.ts';
import { redisFlush } from './redis-flush.ts';
import { registryAway } from './registry-away.ts';
import { kafkaKill, kafkaStop } from './restart-kafka.ts';
import { restartPart } from './restart-part.ts';
import { rollingRestart } from './rolling-restart.ts';
import { rollingUpgrade } from './rolling-upgrade.ts';
import { scaleGroup } from './scale-group.ts';
import { soak } from './soak.ts';
import { spoolFull } from './spool-full.ts';
import { swizzleClog } from './swizzle-clog.ts';
import { zombie } from './zombie.ts';

/** Every lab. The one place a lab is named; docs/reliability.md is made from it. */
export const labs: readonly Lab[] = [
  killService,
  kafkaStop,
  kafkaKill,
  restartPart,
  ...freezeLabs,
  zombie,
  swizzleClog,
  scaleGroup,
  rebalanceStorm,
  rollingRestart,
  rollingUpgrade,
  killWhileSpooling,
  spoolFull,
  kafkaDiskFull,
  registryAway,
  destinationAway,
  destinationAwayLong,
  garbage,
  deadLetterRefused,
  redisFlush,
  soak,
  ...inputLabs,
];
