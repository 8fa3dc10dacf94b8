/** Editors on Windows put a byte order mark in front of a file, which JSON.parse refuses. */
export const withoutBom = (text: string): string => text.replace(/^\uFEFF/, '');
