/** One variable that is missing or wrong. Never holds the value: it may be a secret. */
export interface ConfigProblem {
  readonly variable: string;
  readonly problem: string;
  readonly expected: string;
}

/** Everything wrong with a service's environment, at once. */
export class ConfigError extends Error {
  readonly code = 'invalid_config';
  readonly problems: readonly ConfigProblem[];

  constructor(service: string, problems: readonly ConfigProblem[]) {
    super(renderProblems(service, problems));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Every problem, a line each, and where to read on. */
export function renderProblems(service: string, problems: readonly ConfigProblem[]): string {
  const lines = problems.map((p) => `  ${p.variable}: ${p.problem}; expected ${p.expected}`);
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return [
    `${service}: ${count} in the environment`,
    ...lines,
    'Set these variables (a secret may be in a file that <VARIABLE>_FILE names) and start again. All settings: docs/settings.md',
  ].join('\n');
}
