import { prepareDataDir } from '@kinetrack/agent';
import { messageOf } from '@kinetrack/schema';

export class FolderError extends Error {
  readonly code = 'folder';
}

/** Makes a folder that a person named, for its owner alone, where it is missing; `option` is how it was named. */
export async function ownFolder(folder: string, what: string, option: '--data' | '--lake'): Promise<void> {
  try {
    await prepareDataDir(folder);
  } catch (error) {
    const why = messageOf(error);
    throw new FolderError(
      `${folder} cannot be used as ${what}: ${why}. Choose another folder with ${option}.`,
      {
        cause: error,
      },
    );
  }
}
