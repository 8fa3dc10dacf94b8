/** Deletes noncurrent versions of objects. */
import {
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';

/** Maximum of DeleteObjects: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const MAX_KEYS_A_DELETION = 1000;

export class VersionsNotDeleted extends Error {
  readonly code = 'versions_not_deleted';
  constructor(count: number, why: string) {
    super(
      `S3 did not delete ${count} old versions (${why}); the caller needs s3:DeleteObjectVersion on them ` +
        'and can safely retry',
    );
    this.name = 'VersionsNotDeleted';
  }
}

interface VersionId {
  readonly Key: string;
  readonly VersionId: string;
}

/**
 * Deletes all noncurrent versions below the prefix. Resolves to their number. Delete markers are
 * deleted last: without its marker, a deleted object would be visible until its versions are deleted.
 */
export async function deleteOldVersions(
  client: S3Client,
  bucket: string,
  prefix: string,
  pageSize: number | undefined,
): Promise<number> {
  const markers: VersionId[] = [];
  let deleted = 0;
  for await (const page of versionPages(client, bucket, prefix, pageSize)) {
    const old = (page.Versions ?? []).filter(({ IsLatest }) => IsLatest !== true);
    deleted += await deleteVersions(client, bucket, old.flatMap(identityOf));
    markers.push(...(page.DeleteMarkers ?? []).flatMap(identityOf));
  }
  return deleted + (await deleteVersions(client, bucket, markers));
}

async function* versionPages(
  client: S3Client,
  bucket: string,
  prefix: string,
  pageSize: number | undefined,
): AsyncIterable<ListObjectVersionsCommandOutput> {
  let after: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (after !== undefined) {
    const request = new ListObjectVersionsCommand({
      ...{ Bucket: bucket, Prefix: prefix, ...after },
      ...(pageSize !== undefined && { MaxKeys: pageSize }),
    });
    const page: ListObjectVersionsCommandOutput = await client.send(request);
    yield page;
    const { IsTruncated: isTruncated, NextKeyMarker: key, NextVersionIdMarker: version } = page;
    after =
      isTruncated === true && key !== undefined
        ? { KeyMarker: key, ...(version !== undefined && { VersionIdMarker: version }) }
        : undefined;
  }
}

async function deleteVersions(
  client: S3Client,
  bucket: string,
  versions: readonly VersionId[],
): Promise<number> {
  for (let from = 0; from < versions.length; from += MAX_KEYS_A_DELETION) {
    const batch = versions.slice(from, from + MAX_KEYS_A_DELETION);
    // The status is 200 even if single keys fail.
    const { Errors: errors = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: batch, Quiet: true } }),
    );
    if (errors.length > 0) throw new VersionsNotDeleted(errors.length, errors[0]?.Code ?? 'no reason given');
  }
  return versions.length;
}

function identityOf({ Key, VersionId }: { Key?: string | undefined; VersionId?: string | undefined }) {
  return Key === undefined || VersionId === undefined ? [] : [{ Key, VersionId }];
}
