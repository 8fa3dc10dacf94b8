export { type FileSink, type FileSinkOptions, fileSink, type UploadOptions } from './file-sink.ts';
export type { ShippingError } from './shipper.ts';
