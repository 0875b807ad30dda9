import { latestSchema } from '@fineprint/schemas';
import { topics } from '@fineprint/topology';
import { SchemaRegistry as Client, COMPATIBILITY, SchemaType } from '@kafkajs/confluent-schema-registry';
import { StreamError } from '../errors.ts';
import type { SchemaRegistry } from '../schema-registry.ts';

/** The Confluent-compatible registry at `url`; credentials may stand in the URL. */
export function connectRegistry(url: string): SchemaRegistry {
  const { username, password } = new URL(url);
  const auth = username === '' ? {} : { auth: { username, password } };
  const client = new Client({
    host: url.replace(/\/$/, ''),
    ...auth,
    retry: { retries: 2, initialRetryTimeInSecs: 0.2 },
  });

  return {
    async register(topic) {
      const schema = JSON.stringify(latestSchema(topics[topic].schema).schema);
      try {
        const { id } = await client.register(
          { type: SchemaType.AVRO, schema },
          { subject: `${topic}-value`, compatibility: COMPATIBILITY.BACKWARD_TRANSITIVE },
        );
        return id;
      } catch (error) {
        throw unavailable(`the schema registry did not register ${topic}-value`, error);
      }
    },

    async lookup(id) {
      try {
        const schema = await client.getSchema(id);
        return 'schema' in schema && typeof schema.schema === 'function'
          ? (schema.schema({ exportAttrs: true }) as object)
          : null;
      } catch (error) {
        if (statusOf(error) === 404) return null;
        if (statusOf(error) === undefined && error instanceof SyntaxError) return null;
        throw unavailable(`the schema registry did not answer for schema ${id}`, error);
      }
    },
  };
}

const statusOf = (error: unknown): number | undefined => (error as { status?: number }).status;

function unavailable(message: string, cause: unknown): StreamError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new StreamError('registry_unavailable', `${message}: ${detail}`, { cause, retriable: true });
}
