export { ACCESS, type Caller, OPEN_ROUTES } from './access-table.ts';
export { type ApiDeps, createApi } from './create-api.ts';
