/** Stands on every event; a test holds it to package.json, which a bundle does not carry along. */
export const AGENT_VERSION = '0.1.0';
