/**
 * What one `POST /track` may hold. Above any of it the answer is 413, and an agent divides what it sent.
 *
 * Lambda takes 6 MB per invocation with the body in base64 (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html),
 * so 4 MiB of body arrive; API Gateway itself refuses above that. Agents send 1 MiB of lines before gzip, unless they
 * are told otherwise.
 */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** After gzip is undone: no more is ever held in memory, whatever the body promises. */
export const MAX_UNPACKED_BYTES = 8 * 1024 * 1024;
/** As many as an agent puts into one request at most. */
export const MAX_LINES = 10_000;
