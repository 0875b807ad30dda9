import { type DeletionVendor, deletionApis } from '@fineprint/destinations';
import { about, type ConfigOf, optional, secret, url, withDefault } from '@fineprint/service-config';
import type { DeletionTarget } from './ports.ts';

const http = url(['http:', 'https:']);

/** The keys that forwarders send with, and what deletions are asked for with. */
export const deletionFields = {
  MIXPANEL_TOKEN: about(
    'In which Mixpanel project people are erased.',
    optional(secret("the project's token")),
  ),
  MIXPANEL_DELETION_TOKEN: about(
    'What Mixpanel is asked to delete people with.',
    optional(secret("an OAuth token for Mixpanel's GDPR API")),
  ),
  MIXPANEL_DELETION_URL: about(
    "Where Mixpanel's GDPR API is, if it is not the usual address.",
    withDefault(http, deletionApis.mixpanel.baseUrl),
  ),
  AMPLITUDE_API_KEY: about(
    'In which Amplitude project people are erased.',
    optional(secret("the project's API key")),
  ),
  AMPLITUDE_SECRET_KEY: about(
    'What Amplitude is asked to delete people with.',
    optional(secret("the project's secret key")),
  ),
  AMPLITUDE_DELETION_URL: about(
    "Where Amplitude's User Privacy API is, if it is not the usual address.",
    withDefault(http, deletionApis.amplitude.baseUrl),
  ),
  SEGMENT_WRITE_KEY: about(
    'At which Segment source people are erased.',
    optional(secret("the source's write key")),
  ),
  SEGMENT_PUBLIC_API_TOKEN: about(
    'What Segment is asked to delete people with.',
    optional(secret("a token of Segment's Public API")),
  ),
  SEGMENT_DELETION_URL: about(
    "Where Segment's Public API is, if it is not the usual address.",
    withDefault(http, deletionApis.segment.baseUrl),
  ),
};

const NAMES = {
  mixpanel: ['MIXPANEL_TOKEN', 'MIXPANEL_DELETION_TOKEN', 'MIXPANEL_DELETION_URL'],
  amplitude: ['AMPLITUDE_API_KEY', 'AMPLITUDE_SECRET_KEY', 'AMPLITUDE_DELETION_URL'],
  segment: ['SEGMENT_WRITE_KEY', 'SEGMENT_PUBLIC_API_TOKEN', 'SEGMENT_DELETION_URL'],
} as const satisfies Record<DeletionVendor, readonly (keyof typeof deletionFields)[]>;

/** The destinations that get events. */
export function deletionTargets(config: ConfigOf<typeof deletionFields>): DeletionTarget[] {
  return (Object.keys(NAMES) as DeletionVendor[]).flatMap((name): DeletionTarget[] => {
    const [keyField, secretField, urlField] = NAMES[name];
    const key = config[keyField];
    if (key === undefined) return [];
    const own = config[secretField]?.reveal() ?? null;
    return [{ name, api: deletionApis[name], baseUrl: config[urlField], key: key.reveal(), secret: own }];
  });
}
