import { execFileSync } from 'node:child_process';
import { Ajv2019 } from 'ajv/dist/2019.js';

const READ = `import pathlib, sysconfig; print(pathlib.Path(sysconfig.get_path('purelib'), 'compose', 'config', 'compose_spec.json').read_text())`;

/** Names of an older draft: references go by their place. */
const withoutOldIds = (key: string, value: unknown) =>
  key === 'id' && typeof value === 'string' ? undefined : value;

/** What Compose's own schema, as Docker ships it in PyPI's docker-compose, finds wrong with a file. */
export function composeProblems(python: string, file: unknown): string[] {
  const schema = JSON.parse(
    execFileSync(python, ['-c', READ], { encoding: 'utf8' }),
    withoutOldIds,
  ) as Record<string, unknown>;
  const ajv = new Ajv2019({ strict: false, allErrors: true, validateFormats: false });
  const { $schema: _schema, ...rest } = schema;
  const validate = ajv.compile(rest);
  if (validate(file)) return [];
  return (validate.errors ?? []).map(
    (e) => `${e.instancePath}: ${e.message ?? ''} ${JSON.stringify(e.params)}`,
  );
}
