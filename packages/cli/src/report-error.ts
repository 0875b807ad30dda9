import { connectionFixes, connectionProblem } from '@fineprint/connection-problem';
import pc from './colors.ts';

/** An error as the user sees it. */
export interface ReportedError {
  readonly code: string;
  readonly message: string;
  readonly fix: string;
}

/** What to do where an error of another package carries a code only. */
const FIXES: Readonly<Record<string, string>> = {
  topics_differ: 'Move to new topics, or restore their declaration in packages/topology/src/topics.ts.',
  registry_unavailable: 'Start the stack (npm start), or look at: npm run -s fineprint -- logs registry',
  kafka_certificate_untrusted: 'Set KAFKA_SSL_CA_FILE; see docs/encryption.md.',
  kafka_login_refused: 'Correct KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD; see docs/encryption.md.',
  kafka_login_expected: 'Set KAFKA_SASL_MECHANISM and the login; see docs/encryption.md.',
  kafka_tls_expected: 'Set KAFKA_SSL=true; see docs/encryption.md.',
  kafka_tls_not_spoken: 'Correct the port, or unset KAFKA_SSL; see docs/encryption.md.',
  registry_certificate_untrusted: 'Set SCHEMA_REGISTRY_CA_FILE; see docs/encryption.md.',
  registry_login_refused: 'Correct SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD.',
  encryption_key_missing: 'Add the key of that name to ENCRYPTION_KEYS; see docs/encryption.md.',
  encryption_key_wrong: 'Set ENCRYPTION_KEYS to the key it was encrypted with; see docs/encryption.md.',
  encrypted_data_damaged: 'Take another copy of the file; nothing was written.',
  encrypted_data_truncated: 'Take another copy of the file; nothing was written.',
  not_encrypted: 'Use the file as it is, or check its path.',
  unavailable: 'Look at: npm run -s fineprint -- status',
  migration_changed: 'Restore the migration file as it was, and put the change into a new one.',
  migration_missing: 'Restore the migration file; one that ran is never deleted.',
  migration_out_of_order: 'Rename the new migration so that it comes last.',
  migration_failed: 'The cause is in the message; correct the migration and run `up` again.',
  invalid_config: 'All settings: docs/settings.md. Try again with: npm run -s fineprint -- config check',
  DEMAND_INVALID: 'Correct the option; all of them: npm run -s fineprint -- scale plan --help',
  FIGURES_INVALID: 'Write figures: npm run -s fineprint -- bench e2e --json > figures.json',
  PARTITIONS_TOO_MANY:
    'Allow more with --max-partitions, a higher --headroom, or split the load over several clusters.',
  ECONNREFUSED: 'Start the stack: npm start',
  ENOENT: 'Check the path.',
  EACCES: 'Check who may read it.',
};

const DEFAULT_FIX = 'Run: npm run -s fineprint -- doctor';

/** Anything thrown → code, one message, one way on. Errors of the other packages carry a code, some a fix too. */
export function reportedError(error: unknown): ReportedError {
  if (!(error instanceof Error)) return { code: 'UNEXPECTED', message: String(error), fix: DEFAULT_FIX };
  const code = codeOf(error) ?? codeOf(error.cause) ?? 'UNEXPECTED';
  const problem = connectionProblem(error);
  const fix =
    fixOf(error) ?? FIXES[code] ?? (problem === null ? DEFAULT_FIX : sentence(connectionFixes[problem.kind]));
  return { code, message: messageOf(error), fix };
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' && error.code !== '' ? error.code : undefined;
}

function fixOf(error: Error): string | undefined {
  return 'fix' in error && typeof error.fix === 'string' ? error.fix : undefined;
}

/** A driver's "failed" with the reason only in its cause says too little; an error that brings a way on is complete. */
function messageOf(error: Error): string {
  if (fixOf(error) !== undefined) return withoutCredentials(error.message);
  const own = error.message || (error instanceof AggregateError ? aggregated(error) : error.name);
  const cause = error.cause instanceof Error ? error.cause.message : '';
  return withoutCredentials(cause !== '' && !own.includes(cause) ? `${own}: ${cause}` : own);
}

function aggregated(error: AggregateError): string {
  const first: unknown = error.errors[0];
  return first instanceof Error ? first.message : error.name;
}

function withoutCredentials(message: string): string {
  return message.replaceAll(/\/\/[^/\s@]+@/g, '//[credentials]@');
}

/** One line what, one line what to do; for machines one line of JSON. Goes to standard error. */
export function renderError(error: ReportedError, asJson: boolean): string {
  if (asJson) return `${JSON.stringify({ error })}\n`;
  return `${pc.red('error')} ${pc.bold(error.code)}: ${error.message}\n${pc.cyan('→')} ${error.fix.replaceAll('\n', '\n  ')}\n`;
}
