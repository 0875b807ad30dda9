import { expect, test } from 'vitest';
import { checkedTopic } from './run-tail.ts';

test('a topic with personal data is only shown to whoever says so', () => {
  expect(checkedTopic('product.events.clean', false)).toBe('product.events.clean');
  expect(() => checkedTopic('product.events.raw', false)).toThrow('may hold personal data');
  expect(() => checkedTopic('dead-letter.pii-scrubber', false)).toThrow('may hold personal data');
  expect(checkedTopic('product.events.raw', true)).toBe('product.events.raw');
});

test('an unknown topic: which there are', () => {
  for (const name of ['clicks', 'constructor'])
    expect(() => checkedTopic(name, true)).toThrow(`no topic ${name}`);
});
