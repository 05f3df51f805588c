import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** Every result that the project stands behind, as its run wrote it. */
export default {
  watch: ['./*.json'],
  load() {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(folder + name, 'utf8')))
      .filter((result) => Array.isArray(result.rows) && result.experiment);
  },
};
