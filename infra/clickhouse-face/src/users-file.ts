import { z } from 'zod';
import { FaceError } from './errors.ts';

/** The engine's own start-up session is this user; `startup-gate.ts` shuts it before the first client can connect. */
export const RESERVED_USER = 'default';

const name = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_.@-]{0,62}$/, 'letters, digits and _ . @ - only, 63 at most');
const databaseName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, 'letters, digits and _ only, 63 at most');
const settingName = z.string().regex(/^[a-z][a-z0-9_]*$/, 'a ClickHouse setting name');

const userSchema = z
  .strictObject({
    name: name.refine((value) => value !== RESERVED_USER, '"default" is reserved, choose another name'),
    passwordSha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'SHA-256 of the password, 64 lower-case hex digits')
      .optional(),
    /** A user anybody may be. Has to be said; leaving the password out is refused. */
    noPassword: z.literal(true).optional(),
    readonly: z.boolean(),
    /** "*", the default, is every database. System tables that show only what the user may see are always readable. */
    databases: z.union([z.literal('*'), z.array(databaseName).min(1)]).default('*'),
    defaultDatabase: databaseName.optional(),
    /** Profile: settings the user's queries start with. A read-only user cannot change them. */
    settings: z.record(settingName, z.union([z.string(), z.number(), z.boolean()])).optional(),
  })
  .refine((user) => (user.passwordSha256 === undefined) === (user.noPassword === true), {
    message: 'give either passwordSha256, or "noPassword": true if anybody may be this user',
    path: ['passwordSha256'],
  });

const usersFileSchema = z
  .strictObject({ users: z.array(userSchema).min(1) })
  .refine(
    (file) => new Set(file.users.map((user) => user.name)).size === file.users.length,
    'user names repeat',
  );

export type FaceUser = z.infer<typeof userSchema>;
export type UsersFile = z.infer<typeof usersFileSchema>;

/** Parses and validates; reports every problem at once, by path, never a value (they are secrets). */
export function parseUsersFile(text: string): UsersFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new FaceError('USERS_FILE_INVALID', 'the users file is not JSON');
  }
  const result = usersFileSchema.safeParse(json);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    (issue) => `${issue.path.join('.') || '(file)'}: ${issue.message}`,
  );
  throw new FaceError('USERS_FILE_INVALID', `the users file is not valid: ${problems.join('; ')}`);
}
