export { type FaceConfig, parseConfig } from './config.ts';
export { FaceError, type FaceErrorCode } from './errors.ts';
export { type FaceUser, parseUsersFile, type UsersFile } from './users-file.ts';
