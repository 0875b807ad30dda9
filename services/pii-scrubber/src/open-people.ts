import type { Logger } from '@fineprint/observability';
import type { SubjectBook } from '@fineprint/privacy';
import type { Check, StreamParts } from '@fineprint/service-kit';
import type { ScrubberConfig } from './config.ts';
import type { ConsentStep } from './consent/consent-step.ts';
import { type ConsentSource, openConsent } from './consent/open-consent.ts';
import { openSubjects } from './open-subjects.ts';

/** What Postgres knows of the people whom records are about: consents, pseudonyms, who was erased. */
export interface People {
  readonly check: Check;
  of(parts: Pick<StreamParts, 'snapshotReader' | 'decoder' | 'clock'>): {
    readonly subjects: SubjectBook;
    readonly consent: ConsentStep;
  };
  close(): Promise<void>;
}

export function openPeople(
  config: ScrubberConfig,
  log: Logger,
  source: Omit<ConsentSource, 'erased'>,
): People {
  const subjects = openSubjects(config, log);
  const consent = openConsent(config, log, { ...source, erased: subjects.erased });
  return {
    check: consent.check,
    of: (parts) => ({ subjects: subjects.book, consent: consent.step(parts) }),
    async close() {
      await consent.close();
      await subjects.close();
    },
  };
}
