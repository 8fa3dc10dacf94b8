/** The versions of a versioned bucket: what S3 lists as such, and what of them a client deletes. */

interface Version {
  readonly versionId: string;
  /** Undefined for a delete marker. */
  readonly body: Buffer | undefined;
}

export class S3History {
  /** Newest first. */
  readonly versions = new Map<string, Version[]>();
  /** Of every key and version that was deleted for good, in order. */
  readonly deleted: string[] = [];
  /** Code with which the deletion of a key fails; undefined lets it be. */
  refusalOf: ((key: string) => string | undefined) | undefined;
  #next = 0;

  add(key: string, body: Buffer | undefined): void {
    this.#next += 1;
    this.versions.set(key, [{ versionId: `v${this.#next}`, body }, ...(this.versions.get(key) ?? [])]);
  }

  /** What a reader finds once the version is gone. */
  remove(key: string, versionId: string): Buffer | undefined {
    const left = (this.versions.get(key) ?? []).filter((version) => version.versionId !== versionId);
    this.versions.set(key, left);
    this.deleted.push(`${key} ${versionId}`);
    return left[0]?.body;
  }

  /** The answer to ListObjectVersions: `max` entries after a marker of key and version. */
  page(prefix: string, max: number, afterKey: string, afterVersion: string): string {
    const all = [...this.versions]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .flatMap(([key, versions]) =>
        versions.map((version, index) => ({ key, ...version, isLatest: index === 0 })),
      );
    const from =
      afterKey === ''
        ? 0
        : all.findIndex(({ key, versionId }) => key === afterKey && versionId === afterVersion) + 1;
    const entries = all.slice(from, from + max);
    const last = entries.at(-1);
    const isTruncated = from + max < all.length;
    const xml = entries.map(({ key, versionId, body, isLatest }) => {
      const name = body === undefined ? 'DeleteMarker' : 'Version';
      return `<${name}><Key>${key}</Key><VersionId>${versionId}</VersionId><IsLatest>${isLatest}</IsLatest></${name}>`;
    });
    const next = isTruncated
      ? `<NextKeyMarker>${last?.key}</NextKeyMarker><NextVersionIdMarker>${last?.versionId}</NextVersionIdMarker>`
      : '';
    return `<ListVersionsResult><IsTruncated>${isTruncated}</IsTruncated>${next}${xml.join('')}</ListVersionsResult>`;
  }

  /** What DeleteObjects asks for. */
  static asked(xml: string): readonly { readonly key: string; readonly versionId: string }[] {
    return [
      ...xml.matchAll(/<Object>.*?<Key>(.*?)<\/Key>.*?<VersionId>(.*?)<\/VersionId>.*?<\/Object>/gs),
    ].map(([, key = '', versionId = '']) => ({ key, versionId }));
  }
}
