import { declarations } from '../packages/cli/src/config/declarations.ts';
import { factsOf, localVariables } from '../packages/service-config/src/index.ts';

/** The settings that the product document names, in its order. */
export const documentVariables = [
  'DATABASE_URL',
  'REDIS_URL',
  'MIXPANEL_TOKEN',
  'AMPLITUDE_API_KEY',
  'SEGMENT_WRITE_KEY',
  'SNOWFLAKE_ACCOUNT',
  'SNOWFLAKE_USERNAME',
  'SNOWFLAKE_PASSWORD',
  'CLICKHOUSE_HOST',
  'CLICKHOUSE_USERNAME',
  'CLICKHOUSE_PASSWORD',
  'ENABLE_PII_DETECTION',
  'ENABLE_DATA_ANONYMIZATION',
  'DATA_RETENTION_DAYS',
  'GDPR_COMPLIANT',
  'CCPA_COMPLIANT',
  'ENABLE_METRICS',
  'METRICS_INTERVAL',
  'ENABLE_REALTIME_PROCESSING',
  'BATCH_SIZE',
] as const;

interface Row {
  readonly variable: string;
  readonly isSecret: boolean;
  readonly kind: string;
  readonly standard: string;
  readonly meaning: string;
  readonly services: string[];
}

const LOCAL_NOTE = 'Of the local stack, the command line and docker-compose.kafka.yml:';

/** docs/settings.md: every setting of every service, from their declarations. */
export function renderSettings(): string {
  const rows = settingRows();
  const names: readonly string[] = documentVariables;
  const isDocuments = ({ variable }: Row) => names.includes(variable);
  const order = (row: Row) => names.indexOf(row.variable);
  return `# Settings

Generated from the declarations (\`services/*/src/config.ts\`) by \`npm run generate\`.

Services read environment variables and nothing else. An empty variable counts as not set. A variable marked *secret* may be left out
where \`<VARIABLE>_FILE\` names a file that holds its value (Docker and Kubernetes secrets). A service that finds something wrong names all of it at
once and exits with 78; a name that looks mistyped is warned of.

\`\`\`sh
npm run -s fineprint -- config check                     # as npm start would start everything
npm run -s fineprint -- config check --env-file prod.env # before a deployment
npm run -s fineprint -- config check ingest-gateway      # every value in force, and where it comes from
node services/ingest-gateway/src/main.ts --check-config  # the same of one service, in its container; exit code 0 or 2
\`\`\`

## The product document's

${renderRows(rows.filter(isDocuments).sort((a, b) => order(a) - order(b)))}

## All others

${renderRows(rows.filter((row) => !isDocuments(row)))}

${LOCAL_NOTE}

| variable | what it does |
| --- | --- |
${Object.entries(localVariables)
  .map(([variable, meaning]) => `| \`${variable}\` | ${meaning} |`)
  .join('\n')}
`;
}

/** A row for each variable; two where services differ about it. */
function settingRows(): Row[] {
  const rows = new Map<string, Row>();
  for (const { service, shape } of declarations) {
    for (const [variable, type] of Object.entries(shape)) {
      const { kind, defaultText, isOptional, isSecret, meaning } = factsOf(type);
      const isRequired = defaultText === undefined && isOptional !== true;
      const standard = defaultText ?? (isRequired ? '**required**' : '');
      const key = [variable, kind, standard, meaning].join('\n');
      const row = rows.get(key) ?? {
        ...{ variable, isSecret: isSecret === true, kind, standard },
        ...{ meaning: meaning ?? '', services: [] },
      };
      row.services.push(service);
      rows.set(key, row);
    }
  }
  return [...rows.values()];
}

/** Of most: who does not. */
function readers(services: readonly string[]): string {
  const others = declarations.map((d) => d.service).filter((service) => !services.includes(service));
  if (services.length < others.length) return services.join(', ');
  return others.length === 0 ? 'all' : `all but ${others.join(', ')}`;
}

const cell = (text: string) => text.replaceAll('|', '\\|');

function renderRows(rows: readonly Row[]): string {
  const lines = rows.map(({ variable, isSecret, kind, standard, meaning, services }) => {
    const what = meaning === '' ? kind : `${meaning} (${kind})`;
    const cells = [`\`${variable}\`${isSecret ? ' *secret*' : ''}`, standard, what, readers(services)];
    return `| ${cells.map(cell).join(' | ')} |`;
  });
  return ['| variable | default | what it does | read by |', '| --- | --- | --- | --- |', ...lines].join(
    '\n',
  );
}
