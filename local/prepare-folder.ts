import { prepareDataDir } from '@kinetrack/agent';
import { messageOf } from '@kinetrack/schema';

export class FolderError extends Error {
  readonly code = 'folder';
}

/** Creates a folder from the command line, readable only by its owner. @throws FolderError */
export async function prepareFolder(
  folder: string,
  what: string,
  option: '--data' | '--lake',
): Promise<void> {
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
