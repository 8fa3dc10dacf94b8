/** Where things are, from the built command line at `dist/kinetrack.js`. */
import { fileURLToPath } from 'node:url';

/** Folder of the built page. */
export const assetsDir = fileURLToPath(new URL('./dashboard/', import.meta.url));

/** Not a registered port; the same at every start, so that a bookmark works. */
export const DEFAULT_PORT = 4747;
