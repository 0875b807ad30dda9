import { jurisdictionFor } from '@fineprint/consent';
import { connectPostgres } from '@fineprint/http-kit';
import type { Logger } from '@fineprint/observability';
import { postgresUrl } from '@fineprint/service-config';
import type { Check, StreamParts } from '@fineprint/service-kit';
import { type ScrubberConfig, timeBoundsOf } from '../config.ts';
import type { RememberingScrubber } from '../remember-ids.ts';
import { type ConsentIndexOptions, createConsentIndex } from './consent-index.ts';
import { type ConsentStep, createConsentStep } from './consent-step.ts';
import { createPostgresConsentStore, type Database } from './postgres-consent-store.ts';
import { createReadBack } from './read-back.ts';
import { type Erased, withoutErased } from './without-erased.ts';

/** One asks for all partitions together; the others bring consents in. */
const MAX_CONNECTIONS = 4;
const ANSWER_WITHIN_MS = 5_000;

/** Consent over Postgres, which need not be there at the start. */
export interface OpenConsent {
  readonly check: Check;
  step(parts: Pick<StreamParts, 'snapshotReader' | 'decoder' | 'clock'>): ConsentStep;
  close(): Promise<void>;
}

export interface ConsentSource extends Pick<ConsentIndexOptions, 'ends'> {
  readonly scrubber: RememberingScrubber | null;
  readonly erased: Erased;
}

export function openConsent(
  config: ScrubberConfig,
  log: Logger,
  { scrubber, ends, erased }: ConsentSource,
): OpenConsent {
  const pool = connectPostgres(postgresUrl(config), 'pii-scrubber', log, {
    maxConnections: MAX_CONNECTIONS,
    answerWithinMs: ANSWER_WITHIN_MS,
  });
  const store = withoutErased(createPostgresConsentStore(pool), erased);
  const rules = { scrubber, timeBounds: timeBoundsOf(config) };
  return {
    check: consentCheck(pool),
    step({ snapshotReader: reader, decoder, clock }) {
      const readBack = createReadBack({ ...rules, reader, decoder, store });
      const index = createConsentIndex({
        ...{ store, ends, clock, maxSubjects: config.CONSENT_CACHE_SUBJECTS },
        version: erased.version,
        async readBack(stretch) {
          log.info({ stretch }, 'consents are read back that Postgres does not have');
          await readBack(stretch);
        },
      });
      return createConsentStep({ ...rules, index, store, law: jurisdictionFor(config) });
    },
    close: () => pool.end(),
  };
}

/** Postgres takes writes: a standby, or a server set to read only, answers and refuses them. */
function consentCheck(database: Database): Check {
  return {
    code: 'store_unavailable',
    isRequired: true,
    async look() {
      try {
        const { rows } = await database.query(
          "SELECT current_setting('transaction_read_only') AS ro, to_regclass('fineprint.consent_records')::text AS table",
        );
        const [row] = rows as { ro: string; table: string | null }[];
        if (row?.table === null) return 'Postgres has no table fineprint.consent_records; is it migrated?';
        return row?.ro === 'on' ? 'Postgres only reads (a standby, or set to read only)' : null;
      } catch (error) {
        const { code } = error as { code?: unknown };
        return `Postgres, which holds what people consented to, does not answer (${typeof code === 'string' ? code : 'no code'})`;
      }
    },
  };
}
