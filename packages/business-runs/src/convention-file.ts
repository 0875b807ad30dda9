import { readFileSync } from 'node:fs';
import { type Convention, DEFAULT_CONVENTION, readConvention } from '@fineprint/business-metrics';

/** Which events mean what: as a JSON file says, or as built in. Throws with every place that is wrong. */
export function readConventionFile(file: string | undefined): Convention {
  if (file === undefined || file === '') return DEFAULT_CONVENTION;
  try {
    return readConvention(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new Error(`The convention ${file} cannot be used: ${reasonOf(cause)}`, { cause });
  }
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Zod's own message is JSON. */
function reasonOf(cause: unknown): string {
  const { issues, message } = cause as { readonly issues?: readonly Issue[]; readonly message?: string };
  if (issues === undefined) return message ?? String(cause);
  return issues.map((issue) => `${issue.path.map(String).join('.')} ${issue.message}`.trim()).join('; ');
}
