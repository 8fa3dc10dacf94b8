/** An error as the file system gives it. */
export const diskError = (code: string): Error => Object.assign(new Error(`${code}: by the test`), { code });
