/** Personal data that some events carry. Each must be gone behind the scrubber, so each is one text that nothing else holds. */
const PLANTED = [
  { sentence: 'write to kim.planted@planted-pii.example today', needle: 'planted-pii.example' },
  { sentence: 'call me at +1 415 555 2671 please', needle: '415 555 2671' },
  { sentence: 'card 4539 1488 0343 6467', needle: '4539 1488 0343 6467' },
  { sentence: 'iban DE89 3704 0044 0532 0130 00', needle: '3704 0044 0532' },
] as const;

export const plantedSentences: readonly string[] = PLANTED.map((p) => p.sentence);
/** What is searched for in clean topics, stores and logs. */
export const plantedNeedles: readonly string[] = PLANTED.map((p) => p.needle);
