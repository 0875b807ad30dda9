/** One released version of a record's schema. Released files never change; a change is a new version. */
export interface SchemaVersion {
  readonly version: number;
  /** SHA-256 of the Parsing Canonical Form, hex. */
  readonly fingerprint: string;
  /** Avro schema, as JSON. */
  readonly schema: object;
}
