/** What can stand between the queue and its destination. */
export const CONNECTION_FAULTS = [
  'no_network',
  'dns_failure',
  'refused',
  'reset',
  'timeout',
  'proxy_required',
  'captive_portal',
  'tls_interception',
  'credentials_missing',
  'credentials_expired',
  'credentials_invalid',
  'access_denied',
  'region_missing',
  'destination_missing',
  'throttled',
  'clock_wrong',
  'service_fault',
  'storage_fault',
  'unknown',
] as const;
export type ConnectionFault = (typeof CONNECTION_FAULTS)[number];

/** `unknown` until the first delivery was tried. */
export const CONNECTION_STATES = ['unknown', 'connected', 'faulty'] as const;
export type ConnectionState = (typeof CONNECTION_STATES)[number];

/** Why a captured event will never be delivered. Stable: ledgers, loss records and queries count by these. */
export const DROP_REASONS = [
  /** The oldest events made room under the queue's size cap. */
  'queue_full',
  /** The oldest events made room on a full disk. */
  'disk_full',
  /** The disk refused everything for so long that memory ran out. */
  'memory_full',
  /** Bytes that were accepted once are unreadable. */
  'damaged',
  /** Somebody removed a file of the queue. */
  'file_missing',
  /** Above what the destination takes; kept as a dead letter. */
  'too_large',
  /** Refused for good by the destination; kept as a dead letter. */
  'refused',
] as const;
export type DropReason = (typeof DROP_REASONS)[number];
