import { expect, test } from 'vitest';
import { javaCommand, parseJavaVersion } from './java.ts';

test.each([
  ['openjdk version "17.0.15" 2025-04-15', 17],
  ['openjdk version "21" 2023-09-19', 21],
  ['java version "1.8.0_402"', 8],
  ['openjdk version "25-ea" 2025-09-16', 25],
  ['The operation couldn’t be completed. Unable to locate a Java Runtime.', undefined],
])('%s', (output, version) => {
  expect(parseJavaVersion(output)).toBe(version);
});

test('JAVA_HOME comes before PATH', () => {
  expect(javaCommand({})).toBe('java');
  expect(javaCommand({ JAVA_HOME: '/jdk' })).toBe('/jdk/bin/java');
});
