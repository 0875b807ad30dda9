import {
  applyVerification,
  readConfig,
  transportFields,
  transportWarnings,
  trustNamedAuthorities,
} from '@fineprint/service-config';

/** What a command's own connections need of the environment, before the first of them. */
export function useTransportSettings(env: NodeJS.ProcessEnv): void {
  const settings = readConfig(transportFields, env, { service: 'fineprint' });
  for (const warning of transportWarnings(settings)) process.stderr.write(`warning: ${warning}\n`);
  applyVerification(settings);
  trustNamedAuthorities(env);
}
