import { CliError } from '../errors.ts';
import { type Environment, wantedServices } from '../services.ts';
import { checkServices, problemsOf } from './check-services.ts';

/** Before anything is started: with settings that are wrong some service would end at once, and tell only its log why. */
export function requireSoundSettings(env: Environment): void {
  const problems = problemsOf(checkServices(wantedServices(env), env, 'local'));
  if (problems.length === 0) return;
  const lines = problems.map(({ text, services }) => `  ${text} (${services.join(', ')})`);
  throw new CliError(
    'SETTINGS_INVALID',
    `Services would not start with these settings:\n${lines.join('\n')}`,
    'Correct or unset them. All settings: docs/settings.md',
  );
}
