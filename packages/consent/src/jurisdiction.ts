/** Which law's defaults count where a person has said nothing. `none`: no law is configured, so nothing is held back. */
export const jurisdictions = ['gdpr', 'ccpa', 'none'] as const;
export type Jurisdiction = (typeof jurisdictions)[number];

/** Laws by the names that records bring, in lower case. */
const LAWS: Readonly<Record<string, Exclude<Jurisdiction, 'none'>>> = {
  gdpr: 'gdpr',
  'uk-gdpr': 'gdpr',
  eprivacy: 'gdpr',
  lgpd: 'gdpr',
  ccpa: 'ccpa',
  cpra: 'ccpa',
};

/** The law that a record was asked under, as far as its defaults are known here. */
export function jurisdictionOf(name: string | null): Exclude<Jurisdiction, 'none'> | null {
  if (name === null) return null;
  const lower = name.toLowerCase();
  return Object.hasOwn(LAWS, lower) ? (LAWS[lower] ?? null) : null;
}

/** The law of people who never said anything: with both, the stricter one, as it is not known where they are. */
export function jurisdictionFor(settings: {
  readonly GDPR_COMPLIANT: boolean;
  readonly CCPA_COMPLIANT: boolean;
}): Jurisdiction {
  if (settings.GDPR_COMPLIANT) return 'gdpr';
  return settings.CCPA_COMPLIANT ? 'ccpa' : 'none';
}
