export { browserPath, launch, missing } from './browser.js';
export { type Served, serve } from './server.js';
