import fs from 'node:fs';
import path from 'node:path';
import type { Secrets } from '../secrets.ts';
import type { StackSettings } from '../settings.ts';

/** Kafka's second listener: TLS, and a login by any of the three mechanisms that clients of ours know. */
export interface KafkaTls {
  readonly port: number;
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Key and certificate in one file, as Kafka wants PEM. */
  readonly keystoreFile: string;
  readonly username: string;
  readonly password: string;
}

export const KAFKA_USER = 'fineprint';
const SCRAM = ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

export function kafkaTlsOf(settings: StackSettings, secrets: Secrets, home: string): KafkaTls | undefined {
  const { tlsDir, ports } = settings;
  if (tlsDir === undefined) return undefined;
  return {
    port: ports.kafkaTls,
    caFile: path.join(tlsDir, 'ca.crt'),
    certificateFile: path.join(tlsDir, 'server.crt'),
    keyFile: path.join(tlsDir, 'server.key'),
    keystoreFile: path.join(home, 'keystore.pem'),
    username: KAFKA_USER,
    password: secrets.get('kafkaPassword'),
  };
}

export function writeKeystore({ keyFile, certificateFile, keystoreFile }: KafkaTls): void {
  const content = [keyFile, certificateFile].map((file) => fs.readFileSync(file, 'utf8').trim());
  fs.writeFileSync(keystoreFile, `${content.join('\n')}\n`, { mode: 0o600 });
}

export function tlsProperties({
  keystoreFile,
  caFile,
  username,
  password,
}: KafkaTls): Record<string, string> {
  const login = 'org.apache.kafka.common.security';
  const scram = `${login}.scram.ScramLoginModule required;`;
  return {
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': keystoreFile,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': caFile,
    'sasl.enabled.mechanisms': ['PLAIN', ...SCRAM].join(','),
    'listener.name.sasl_ssl.plain.sasl.jaas.config': `${login}.plain.PlainLoginModule required user_${username}="${password}";`,
    ...Object.fromEntries(
      SCRAM.map((mechanism) => [`listener.name.sasl_ssl.${mechanism.toLowerCase()}.sasl.jaas.config`, scram]),
    ),
  };
}

/** Arguments of the formatting, which is the one moment when users can be made without a running broker. */
export const scramUsers = ({ username, password }: KafkaTls): string[] =>
  SCRAM.flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${username},password=${password}]`]);
