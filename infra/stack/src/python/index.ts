export { findPython, HOW_TO_GET_PYTHON } from './find-python.ts';
export { installPython } from './install-python.ts';
