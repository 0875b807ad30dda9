import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Evaluation, evaluate, type LabelledCase } from '../evaluate.ts';
import { defaultPolicy } from '../policy.ts';
import { createScrubber } from '../scrub.ts';
import { buildCorpus } from './build.ts';

function check(cases: readonly LabelledCase[]): Evaluation {
  const result = evaluate(cases, createScrubber(defaultPolicy));
  const wrong = [
    ...result.missed.map((line) => `missed ${line}`),
    ...result.lost.map((line) => `lost ${line}`),
  ];
  expect(result.recall, wrong.join('\n')).toBeGreaterThanOrEqual(0.98);
  expect(result.cleanKept, wrong.join('\n')).toBeGreaterThanOrEqual(0.98);
  return result;
}

describe('labelled corpora', () => {
  it.each([1, 20_250_101, 77])('generated from standards, seed %i', (seed) => {
    const cases = buildCorpus(seed);
    expect(cases.length).toBeGreaterThan(600);
    const negatives = cases.filter((item) => item.pii.length === 0).length;
    expect(negatives / cases.length).toBeGreaterThan(0.4);
    const { byType } = check(cases);
    for (const [type, score] of Object.entries(byType))
      expect(score.found / score.total, type).toBeGreaterThanOrEqual(0.9);
  });

  it('is the same corpus on every run', () => {
    expect(buildCorpus(5)).toEqual(buildCorpus(5));
  });

  it('the sample handed with the product', () => {
    const file = readFileSync(new URL('../../testdata/sample.jsonl.gz', import.meta.url));
    const lines = gunzipSync(file).toString('utf8').trim().split('\n');
    check(lines.map((line) => JSON.parse(line) as LabelledCase));
  });
});
