export { emulatorEnv, emulatorSettings, startEmulator } from './emulator.ts';
export { findPython, HOW_TO_GET_PYTHON } from './python.ts';
