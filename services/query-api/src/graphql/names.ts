const NAME = /^[A-Za-z][A-Za-z0-9_]*$/;

/** Whether GraphQL takes it as a name. Those with two underscores in front are its own. */
export const isName = (text: string): boolean => NAME.test(text);

/** `ai.usage-trends` → `aiUsageTrends`, as in /openapi.json. */
export const camelCase = (text: string): string =>
  text.replaceAll(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase());

/** `from_ms` → `FromMs`. */
export const pascalCase = (text: string): string =>
  text.replaceAll(/(?:^|[\W_]+)(\w)/g, (_, letter: string) => letter.toUpperCase());
