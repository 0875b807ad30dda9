import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Act, type Entry, FIRST_PREV_HASH, hashOf, outcomes } from './entry.ts';
import { type Anchor, verifyChain } from './verify.ts';

const act = (i: number): Act => ({
  actor: `api_key:${i % 3}`,
  role: 'admin',
  action: 'keys.create',
  object: i % 2 === 0 ? null : `key ${i}`,
  subject: null,
  outcome: 'allowed',
  code: null,
  requestId: `r${i}`,
});

/** The chain of these acts, as Postgres makes it. */
function chainOf(acts: readonly Act[]): Entry[] {
  let prevHash = FIRST_PREV_HASH;
  return acts.map((given, i) => {
    const at = new Date(1_700_000_000_000 + i).toISOString();
    const unhashed = { ...given, seq: i + 1, at, prevHash };
    prevHash = hashOf(unhashed);
    return { ...unhashed, hash: prevHash };
  });
}
const CHAIN = chainOf(Array.from({ length: 10 }, (_, i) => act(i)));
const anchorOf = (entry: Entry | undefined): Anchor => {
  if (entry === undefined) throw new Error('no such entry');
  return { seq: entry.seq, hash: entry.hash, at: entry.at };
};
const flawIn = async (entries: readonly Entry[], anchors: readonly Anchor[] = []) => {
  const { broken } = await verifyChain(entries, anchors);
  return broken === null ? null : [broken.seq, broken.flaw];
};
const at = (i: number): Entry => {
  const entry = CHAIN[i];
  if (entry === undefined) throw new Error('no such entry');
  return entry;
};

describe('a chain', () => {
  it('as it was written is whole, also empty', async () => {
    expect(await verifyChain(CHAIN, [anchorOf(at(3)), anchorOf(at(7)), anchorOf(at(3))])).toEqual({
      entries: 10,
      anchors: 3,
      anchoredTo: 8,
      broken: null,
    });
    expect(await verifyChain([], [])).toEqual({ entries: 0, anchors: 0, anchoredTo: null, broken: null });
  });

  it.each([
    ['what was changed', CHAIN.with(4, { ...at(4), object: 'other' }), [5, 'changed']],
    [
      'what was changed with its hash',
      CHAIN.with(4, rehashed({ ...at(4), object: 'other' })),
      [6, 'unlinked'],
    ],
    ['what was removed', CHAIN.toSpliced(4, 1), [5, 'removed']],
    ['the first removed', CHAIN.slice(1), [1, 'removed']],
    [
      'what was removed and the rest renumbered',
      CHAIN.toSpliced(4, 1).map((e, i) => ({ ...e, seq: i + 1 })),
      [5, 'changed'],
    ],
    ['what was put in', CHAIN.toSpliced(4, 0, { ...at(4), actor: 'x' }), [5, 'changed']],
    [
      'what was put in with the right hash',
      CHAIN.toSpliced(4, 0, rehashed({ ...at(4), actor: 'x' })),
      [5, 'moved'],
    ],
    ['what was put in twice', CHAIN.toSpliced(5, 0, at(4)), [5, 'moved']],
    ['what was put behind the end', [...CHAIN, { ...at(9), seq: 11 }], [11, 'changed']],
    ['what was put behind the end unlinked', [...CHAIN, rehashed({ ...at(9), seq: 11 })], [11, 'unlinked']],
    ['two that changed places', CHAIN.with(4, at(5)).with(5, at(4)), [5, 'removed']],
    [
      'two whose contents changed places',
      CHAIN.with(4, { ...at(5), seq: 5 }).with(5, { ...at(4), seq: 6 }),
      [5, 'changed'],
    ],
  ])('names %s', async (_, entries, expected) => {
    expect(await flawIn(entries)).toEqual(expected);
  });

  it('made anew is told by an anchor, and so is an end that was taken away', async () => {
    const anew = chainOf(CHAIN.map((e, i) => (i === 2 ? { ...e, actor: 'nobody' } : e)));
    expect(await flawIn(anew)).toBeNull();
    expect(await flawIn(anew, [anchorOf(at(1))])).toBeNull();
    expect(await flawIn(anew, [anchorOf(at(1)), anchorOf(at(6))])).toEqual([7, 'rewritten']);
    expect(await flawIn(CHAIN.slice(0, 5))).toBeNull();
    expect(await flawIn(CHAIN.slice(0, 5), [anchorOf(at(4))])).toBeNull();
    expect(await flawIn(CHAIN.slice(0, 5), [anchorOf(at(5))])).toEqual([6, 'cut_off']);
    expect(await flawIn([], [anchorOf(at(0))])).toEqual([1, 'cut_off']);
  });
});

function rehashed(entry: Entry): Entry {
  return { ...entry, hash: hashOf(entry) };
}

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const anyAct: fc.Arbitrary<Act> = fc.record({
  actor: text,
  role: text,
  action: text,
  object: fc.option(text),
  subject: fc.option(text),
  outcome: fc.constantFrom(...outcomes),
  code: fc.option(text),
  requestId: text,
});

it('any single change of any field of any entry shows, at that entry or the next', async () => {
  const fields = [
    'at',
    'actor',
    'role',
    'action',
    'object',
    'subject',
    'outcome',
    'code',
    'requestId',
    'prevHash',
    'hash',
  ] as const;
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyAct, { minLength: 1, maxLength: 8 }),
      fc.nat(),
      fc.constantFrom(...fields),
      fc.option(text),
      fc.boolean(),
      async (acts, where, name, value, mends) => {
        const chain = chainOf(acts);
        const i = where % chain.length;
        const old = chain[i];
        if (old === undefined || old[name] === value) return;
        const changed = { ...old, [name]: value } as Entry;
        const entries = chain.with(i, mends && name !== 'hash' ? rehashed(changed) : changed);
        const last = chain.at(-1);
        if (last === undefined) return;
        const { broken } = await verifyChain(entries, [anchorOf(last)]);
        expect(broken?.seq === old.seq || broken?.seq === old.seq + 1).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});
