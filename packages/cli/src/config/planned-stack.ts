import { endpointsEnv, localEndpoints, REPO_DIR, resolveSettings } from '@fineprint/stack';
import type { Environment, ServedStack } from '../services.ts';

const SECRET_CHARACTERS = 32;
/** Stands where the local stack would put a password of its own. */
const secrets = { get: (name: string) => name.padEnd(SECRET_CHARACTERS, '0') };

/** The local stack as it would be; makes no folder, and looks for no tools. */
export function plannedStack(env: Environment): ServedStack {
  const own = Object.entries(env).filter(([variable]) => variable.startsWith('FINEPRINT_'));
  const settings = resolveSettings({ ...Object.fromEntries(own), FINEPRINT_PROVIDER: 'auto' }, REPO_DIR);
  const endpoints = localEndpoints(settings, secrets);
  return { settings, secrets, endpoints, env: endpointsEnv(endpoints) };
}
