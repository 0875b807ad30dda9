import http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectionFixes, connectionProblem } from '@fineprint/connection-problem';
import { latestSchema } from '@fineprint/schemas';
import { topics } from '@fineprint/topology';
import { SchemaRegistry as Client, COMPATIBILITY, SchemaType } from '@kafkajs/confluent-schema-registry';
import { StreamError, type StreamErrorCode } from '../errors.ts';
import type { SchemaRegistry } from '../schema-registry.ts';

/** Where a registry is and how to be let in. */
export interface RegistrySettings {
  /** Credentials may stand in it, too. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** PEM: who signs its certificate, where the system does not know them. */
  readonly ca?: string;
}

/** A Confluent-compatible registry; plain text is its URL. */
export function connectRegistry(settings: string | RegistrySettings): SchemaRegistry {
  const address = addressOf(typeof settings === 'string' ? { url: settings } : settings);
  const client = new Client({
    host: address.url,
    ...(address.auth === undefined ? {} : { auth: address.auth }),
    ...(address.agent === undefined ? {} : { agent: address.agent }),
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
          await setCompatibility(address, subject);
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

interface Address {
  /** Without credentials, and without a slash at its end. */
  readonly url: string;
  readonly auth: { readonly username: string; readonly password: string } | undefined;
  readonly agent: https.Agent | undefined;
}

function addressOf({ url, username, password, ca }: RegistrySettings): Address {
  const address = new URL(url);
  const user = username ?? decodeURIComponent(address.username);
  const auth = { username: user, password: password ?? decodeURIComponent(address.password) };
  address.username = '';
  address.password = '';
  return {
    url: address.href.replace(/\/$/, ''),
    auth: user === '' ? undefined : auth,
    agent: ca === undefined ? undefined : new https.Agent({ ca, keepAlive: true }),
  };
}

async function setCompatibility({ url, auth, agent }: Address, subject: string): Promise<void> {
  const address = new URL(`${url}/config/${encodeURIComponent(subject)}`);
  const { request } = address.protocol === 'https:' ? https : http;
  const status = await new Promise<number>((resolve, reject) => {
    const asked = request(address, {
      method: 'PUT',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      signal: AbortSignal.timeout(CONFIG_TIMEOUT_MS),
      ...(auth === undefined ? {} : { auth: `${auth.username}:${auth.password}` }),
      ...(agent === undefined ? {} : { agent }),
    });
    asked.once('error', reject);
    asked.once('response', (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.end(JSON.stringify({ compatibility }));
  });
  // Two that set it at once: one is told of a conflict, and finds it set when it looks again.
  if (status >= 300 && status !== CONFLICT)
    throw new Error(`setting the compatibility of ${subject} was answered with ${status}`);
}

const CONFIG_TIMEOUT_MS = 10_000;
const CONFLICT = 409;
const MAX_REPAIRS = 5;
const REPAIR_PAUSE_MS = 100;

const statusOf = (error: unknown): number | undefined => (error as { status?: number }).status;

function unavailable(message: string, cause: unknown): StreamError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  const failed = (code: StreamErrorCode, what: string) =>
    new StreamError(code, `${message}: ${what}`, { cause, retriable: true });
  if (connectionProblem(cause)?.kind === 'certificate_untrusted')
    return failed('registry_certificate_untrusted', connectionFixes.certificate_untrusted);
  if (statusOf(cause) === 401 || statusOf(cause) === 403)
    return failed('registry_login_refused', connectionFixes.login_refused);
  return failed('registry_unavailable', detail);
}
