import { setTimeout as sleep } from 'node:timers/promises';
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
      const subject = `${topic}-value`;
      const schema = JSON.stringify(latestSchema(topics[topic].schema).schema);
      const registerOnce = () =>
        client.register({ type: SchemaType.AVRO, schema }, { subject, compatibility });
      try {
        for (let attempt = 1; ; attempt++) {
          const registered = await registerOnce().catch((error: unknown) => {
            if (!isHalfRegistered(error) || attempt === MAX_REPAIRS) throw error;
            return null;
          });
          if (registered !== null) return registered.id;
          await setCompatibility(url, subject);
          await sleep(REPAIR_PAUSE_MS * attempt); // others may be at it, too
        }
      } catch (error) {
        throw unavailable(`the schema registry did not register ${subject}`, error);
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

const compatibility = COMPATIBILITY.BACKWARD_TRANSITIVE;

/**
 * The client registers a subject first and sets its compatibility afterwards. Who comes in between, or after a crash there,
 * finds none set. Any other level was chosen by somebody and is left alone.
 */
function isHalfRegistered(error: unknown): boolean {
  return error instanceof Error && /Compatibility does not match.*!= NONE\b/.test(error.message);
}

async function setCompatibility(registryUrl: string, subject: string): Promise<void> {
  const address = new URL(registryUrl);
  const { username, password } = address;
  address.username = '';
  address.password = '';
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString(
    'base64',
  );
  const answer = await fetch(`${address.href.replace(/\/$/, '')}/config/${encodeURIComponent(subject)}`, {
    method: 'PUT',
    headers: {
      'content-type': 'application/vnd.schemaregistry.v1+json',
      ...(username === '' ? {} : { authorization: `Basic ${credentials}` }),
    },
    body: JSON.stringify({ compatibility }),
    signal: AbortSignal.timeout(CONFIG_TIMEOUT_MS),
  });
  // Two that set it at once: one is told of a conflict, and finds it set when it looks again.
  if (!answer.ok && answer.status !== CONFLICT)
    throw new Error(`setting the compatibility of ${subject} was answered with ${answer.status}`);
}

const CONFIG_TIMEOUT_MS = 10_000;
const CONFLICT = 409;
const MAX_REPAIRS = 5;
const REPAIR_PAUSE_MS = 100;

const statusOf = (error: unknown): number | undefined => (error as { status?: number }).status;

function unavailable(message: string, cause: unknown): StreamError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new StreamError('registry_unavailable', `${message}: ${detail}`, { cause, retriable: true });
}
