import { readFileSync } from 'node:fs';
import path from 'node:path';
import { REPO_DIR, serviceArgs } from '@fineprint/stack';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { dockerInstall, imageFiles } from './testing/image-tree.ts';

const read = (file: string) => readFileSync(path.join(REPO_DIR, file), 'utf8');
const dockerfile = read('infra/image/Dockerfile');

it('runs on the same Node, by the same pnpm and with the same arguments as everything else', () => {
  const { catalog } = parse(read('pnpm-workspace.yaml')) as { catalog: Record<string, string> };
  const images = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  expect(new Set(images)).toEqual(new Set([`node:${catalog['node']}-bookworm-slim`]));
  expect(read('scripts/bootstrap.mjs')).toContain(dockerInstall().version);
  const [, entry = ''] = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile) ?? [];
  const flags = serviceArgs('x').slice(0, -1);
  expect(JSON.parse(entry)).toEqual(['node', ...flags, 'infra/image/run.ts']);
});

it('runs as nobody in particular, on the port of the product document', () => {
  expect(dockerfile).toMatch(/^USER 10001:10001$/m);
  expect(dockerfile).toMatch(/^EXPOSE 3007$/m);
  expect(dockerfile).toMatch(/^HEALTHCHECK .*\/health"?$/m);
});

it('holds what services run on, and nothing else', () => {
  const files = imageFiles();
  const folders = new Set(files.map((file) => file.split('/').slice(0, 2).join('/')));
  expect(files.filter((file) => /\.(test|itest)\.ts$|\/testing\/|\.env|secret.*\.json$/.test(file))).toEqual(
    [],
  );
  for (const needed of ['infra/setup', 'infra/quality', 'packages/file-lock', 'services/ingest-gateway'])
    expect(folders).toContain(needed);
  for (const other of ['packages/cli', 'packages/chaos', 'infra/stack', 'docs', 'acceptance', 'README.md'])
    expect([...folders].filter((folder) => folder.startsWith(other))).toEqual([]);
});

it('fetches with every patch of a dependency at hand', () => {
  const { patchedDependencies } = parse(read('pnpm-workspace.yaml')) as {
    patchedDependencies: Record<string, string>;
  };
  const fetched = dockerfile.slice(0, dockerfile.indexOf('RUN pnpm fetch'));
  for (const patch of Object.values(patchedDependencies))
    expect(fetched).toContain(`COPY ${path.dirname(patch)} ${path.dirname(patch)}\n`);
});
