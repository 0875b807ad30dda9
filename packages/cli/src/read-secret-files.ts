/**
 * Secrets that files hold (`DATABASE_URL_FILE`) become settings of this process, before anything reads them. What is declared is
 * loaded only where such a variable is set: `--help` and `scrub` start at once.
 */
export async function readSecretFiles(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  if (!Object.keys(env).some((variable) => variable.endsWith('_FILE'))) return;
  const { declarations } = await import('./config/declarations.ts');
  const { resolveSecretFiles } = await import('@fineprint/service-config');
  const resolved = resolveSecretFiles(declarations, env);
  for (const variable of Object.keys(env)) if (!(variable in resolved)) delete env[variable];
  Object.assign(env, resolved);
}
