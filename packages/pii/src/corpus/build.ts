import type { LabelledCase } from '../evaluate.ts';
import { CaseList } from './cases.ts';
import { addNegatives } from './negatives.ts';
import { addHidden, addLocales, addNetwork, addNumbers, addPhones, addSecrets } from './positives.ts';
import { Random } from './random.ts';

/** The labelled corpus of a seed, generated from standards: no case is copied from anywhere. */
export function buildCorpus(seed: number): readonly LabelledCase[] {
  const random = new Random(seed);
  const list = new CaseList(random);
  addLocales(list, random);
  addPhones(list, random);
  addNumbers(list, random);
  addNetwork(list, random);
  addSecrets(list, random);
  addHidden(list, random);
  addNegatives(list, random);
  return list.cases;
}
