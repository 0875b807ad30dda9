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
    const lines = problems.map((p) => `  ${p.variable}: ${p.problem}; expected ${p.expected}`);
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super(`${service}: ${count} in the environment\n${lines.join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
