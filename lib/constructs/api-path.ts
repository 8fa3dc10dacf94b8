/**
 * Dashboard and API share an origin, so no CORS headers are needed. CloudFront sends `/api/*` to the API,
 * whose routes do not have this prefix. The function below removes it at the edge (CloudFront Functions,
 * runtime 2.0):
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html
 */
export const API_PREFIX = '/api';

export const STRIP_API_PREFIX = `
function handler(event) {
  var request = event.request;
  if (request.uri.indexOf('${API_PREFIX}/') === 0) request.uri = request.uri.slice(${API_PREFIX.length});
  return request;
}
`.trim();
