export { AtRestError, type AtRestErrorCode } from './at-rest-error.ts';
export { decryptStream } from './decrypt-stream.ts';
export { encryptStream } from './encrypt-stream.ts';
export {
  BOX_OVERHEAD_BYTES,
  createFileSeal,
  type FileSeal,
  HEADER_START,
  openFileSeal,
} from './file-seal.ts';
export { type Keyring, parseKeys } from './keyring.ts';
