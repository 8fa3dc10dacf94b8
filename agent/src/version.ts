/** Part of every event. A test compares it with package.json, which a bundle does not include. */
export const AGENT_VERSION = '0.1.0';
