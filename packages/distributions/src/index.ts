export { Distribution } from './distribution.js';
export { normalizingFlow, pushforward } from './pushforward.js';
