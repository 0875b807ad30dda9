export { emulatorEnv, emulatorSettings, startEmulator } from './emulator.ts';
