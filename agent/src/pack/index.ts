export * from './limits.ts';
export { type PackedRecord, type Packing, packRecords } from './pack-records.ts';
