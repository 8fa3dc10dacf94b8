/** The module that jest loads as its runner: it makes TypeScript importable, then hands over. */
import { tsImport } from 'tsx/esm/api';

const { FileRunner } = await tsImport('./file-runner.ts', import.meta.url);
export default FileRunner;
