/** Faults between the queue and its destination. */
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

/** `unknown` before the first delivery attempt. */
export const CONNECTION_STATES = ['unknown', 'connected', 'faulty'] as const;
export type ConnectionState = (typeof CONNECTION_STATES)[number];

/**
 * Reasons why a captured event is never delivered. Stable: ledgers, loss records and queries count by them.
 */
export const DROP_REASONS = [
  /** The queue reached its maximum size and dropped its oldest events. */
  'queue_full',
  /** The disk was full and the queue dropped its oldest events. */
  'disk_full',
  /** The disk rejected writes until the memory limit was reached. */
  'memory_full',
  /** Accepted data became unreadable. */
  'damaged',
  /** A file of the queue was deleted. */
  'file_missing',
  /** Larger than the destination accepts; kept as a dead letter. */
  'too_large',
  /** Permanently rejected by the destination; kept as a dead letter. */
  'refused',
] as const;
export type DropReason = (typeof DROP_REASONS)[number];
