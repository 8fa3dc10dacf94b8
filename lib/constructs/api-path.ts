/**
 * The page and its API share an origin, so that no CORS header is needed: CloudFront sends `/api/*` to the API, which
 * knows its routes without that prefix. This runs at the edge (CloudFront Functions, runtime 2.0) before a request
 * goes on: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html
 */
export const API_PREFIX = '/api';

export const STRIP_API_PREFIX = `
function handler(event) {
  var request = event.request;
  if (request.uri.indexOf('${API_PREFIX}/') === 0) request.uri = request.uri.slice(${API_PREFIX.length});
  return request;
}
`.trim();
