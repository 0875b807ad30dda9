/** `npm run generate` writes every generated file; with --check it fails where one differs from what is committed. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { labs } from '../packages/chaos/src/labs/index.ts';
import { renderLabs } from '../packages/chaos/src/report/render-labs.ts';
import { renderApiTypes } from '../packages/dashboard/render-api.ts';
import { uses } from '../packages/dashboard/src/api/uses.ts';
import { renderMermaid } from '../packages/topology/src/render.ts';
import { generatedSchemaFiles } from '../schemas/generate.ts';
import { withSection } from './readme-section.ts';

const root = join(import.meta.dirname, '..');
const check = process.argv.includes('--check');
const stale: string[] = [];

function current(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return undefined; // not generated yet
  }
}

let count = 0;
function bring(files: ReadonlyMap<string, string>): void {
  for (const [path, content] of files) {
    count++;
    if (current(path) === content) continue;
    stale.push(path);
    if (check) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

bring(generatedSchemaFiles());
// Loaded after them: the dictionary is made from what they say now.
const { renderDataDictionary } = await import('./data-dictionary.ts');
const { openApiDocument } = await import('../services/query-api/src/docs/openapi.ts');
const { accessSections } = await import('./access-tables.ts');
const access = Object.entries(accessSections).reduce(
  (text, [name, section]) => withSection(text, name, section),
  current('docs/access.md') ?? '',
);
const { renderSettings } = await import('./settings-page.ts');
const { renderComposeFile, renderHelmSchema, renderHelmValues } = await import(
  '../infra/deploy/src/index.ts'
);
const { renderAlertTable, renderDashboard, renderRules } = await import('../infra/grafana/src/index.ts');
const diagram = `\`\`\`mermaid\n${renderMermaid()}\`\`\``;
bring(
  new Map([
    ['docs/data-dictionary.md', renderDataDictionary()],
    ['packages/dashboard/src/api/api.gen.ts', renderApiTypes(openApiDocument(), uses)],
    ['docs/access.md', access],
    ['docs/settings.md', renderSettings()],
    ['infra/docker-compose.services.yml', renderComposeFile()],
    ['infra/helm/fineprint/values.yaml', renderHelmValues()],
    ['infra/helm/fineprint/values.schema.json', renderHelmSchema()],
    ['infra/grafana/fineprint.json', renderDashboard()],
    ['infra/grafana/fineprint.rules.yml', renderRules()],
    ['infra/helm/fineprint/files/fineprint.json', renderDashboard()],
    ['infra/helm/fineprint/files/fineprint.rules.yml', renderRules()],
    ['docs/monitoring.md', withSection(current('docs/monitoring.md') ?? '', 'alerts', renderAlertTable())],
    ['README.md', withSection(current('README.md') ?? '', 'topology', diagram)],
    ['docs/reliability.md', withSection(current('docs/reliability.md') ?? '', 'labs', renderLabs(labs))],
  ]),
);
if (check && stale.length > 0) {
  console.error(`Generated files differ from their sources: ${stale.join(', ')}\nRun: npm run generate`);
  process.exitCode = 1;
} else {
  console.log(`${count} generated files, ${stale.length} ${check ? 'stale' : 'written'}`);
}
