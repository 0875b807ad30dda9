/** What this reads of a JSON schema. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: object }>>;
}

interface Operation {
  readonly parameters?: readonly object[];
  readonly requestBody?: object;
  readonly responses?: Readonly<Record<string, object>>;
}

/** What this reads of an OpenAPI document. */
export interface ApiDocument {
  readonly paths?: Readonly<Record<string, object>>;
  readonly components?: { readonly schemas?: object };
}

type Parameter = {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: Schema;
};

const schemaOf = (holder: object | undefined): Schema =>
  ((holder as Content | undefined)?.content?.['application/json']?.schema ?? {}) as Schema;

/** The types of the paths that the dashboard uses, from the document that the server makes of what checks requests. */
export function renderApiTypes(document: ApiDocument, uses: readonly string[]): string {
  const schemas = (document.components?.schemas ?? {}) as Readonly<Record<string, Schema>>;
  const named = new Set<string>();

  const nameOf = (reference: string): string => {
    const name = reference.split('/').at(-1) ?? '';
    named.add(name);
    return name;
  };
  const typeOf = (schema: Schema): string => {
    if (schema.$ref !== undefined) return nameOf(schema.$ref);
    if (schema.const !== undefined) return JSON.stringify(schema.const);
    if (schema.enum !== undefined) return schema.enum.map((e) => JSON.stringify(e)).join(' | ');
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices !== undefined) return [...new Set(choices.map(typeOf))].join(' | ');
    if (typeof schema.type === 'object')
      return schema.type.map((type) => typeOf({ ...schema, type })).join(' | ');
    if (schema.type === 'array') return `readonly (${typeOf(schema.items ?? {})})[]`;
    if (schema.type === 'object') return objectOf(schema);
    if (schema.type === 'integer' || schema.type === 'number') return 'number';
    return schema.type ?? 'unknown';
  };
  const objectOf = ({ properties, required = [], additionalProperties }: Schema): string => {
    if (properties === undefined)
      return `Readonly<Record<string, ${typeof additionalProperties === 'object' ? typeOf(additionalProperties) : 'unknown'}>>`;
    const fields = Object.entries(properties).map(
      ([name, type]) => `readonly ${name}${required.includes(name) ? '' : '?'}: ${typeOf(type)}`,
    );
    return `{ ${fields.join('; ')} }`;
  };

  const operations = uses.map((use) => {
    const [method = '', path = ''] = use.split(' ');
    const operation = (document.paths?.[path] as Readonly<Record<string, Operation>> | undefined)?.[
      method.toLowerCase()
    ];
    if (operation === undefined) throw new Error(`the API has no ${use}`);
    const parameters = (operation.parameters ?? []) as readonly Parameter[];
    const fields = parameters.map(
      (p) => `${JSON.stringify(p.name)}${p.required ? '' : '?'}: ${typeOf(p.schema ?? {})}`,
    );
    const body = operation.requestBody === undefined ? 'undefined' : typeOf(schemaOf(operation.requestBody));
    const answer = typeOf(schemaOf(operation.responses?.['200']));
    return `  '${use}': { params: { ${fields.join('; ')} }; body: ${body}; answer: ${answer} };`;
  });

  const types = new Map<string, string>();
  for (let open = [...named]; open.length > 0; open = [...named].filter((n) => !types.has(n)))
    for (const name of open) types.set(name, typeOf(schemas[name] ?? {}));
  const lines = [...types]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, type]) => `export type ${name} = ${type};`);
  return `// Made by scripts/generate.ts from the query API's OpenAPI document.\n\n${lines.join('\n')}\n\nexport interface Api {\n${operations.join('\n')}\n}\n`;
}
