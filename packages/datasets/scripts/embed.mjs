/**
 * Writes the embedded data sets as modules: `node scripts/embed.mjs [FOLDER]`, from packages/datasets.
 *
 * Reads the files of scikit-learn's `sklearn/datasets/data` in `$PUSHFORWARD_DATA/sklearn`; without the variable, in
 * the folder `shared/data` beside the repository. Writes to `data`, or to FOLDER. The text of each number is kept,
 * so no digit is lost; a pixel of the digits, an integer from 0 to 16, becomes a letter from a to q.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const source = join(process.env.PUSHFORWARD_DATA ?? here('../../../../shared/data'), 'sklearn');
const target = process.argv[2] ?? here('../data');

/** The lines of a file, unpacked where it is packed. */
function linesOf(name) {
  const bytes = readFileSync(join(source, name));
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').trim().split(/\r?\n/);
}

/** Rows without the first line, which holds counts and class names. */
const body = (name) => linesOf(name).slice(1);

function digits() {
  return linesOf('digits.csv.gz').map((line) => {
    const cells = line.split(',').map(Number);
    const letters = cells.slice(0, 64).map((pixel) => String.fromCharCode(97 + pixel));
    return `${letters.join('')}${cells[64]}`;
  });
}

function diabetes() {
  const targets = linesOf('diabetes_target.csv.gz').map(Number);
  return linesOf('diabetes_data_raw.csv.gz').map((line, i) =>
    [...line.trim().split(/\s+/), targets[i]].join(','),
  );
}

const modules = {
  iris: body('iris.csv'),
  wine: body('wine_data.csv'),
  breastCancer: body('breast_cancer.csv'),
  digits: digits(),
  diabetes: diabetes(),
};

mkdirSync(target, { recursive: true });
for (const [name, rows] of Object.entries(modules)) {
  const head = '// Written by scripts/embed.mjs; see NOTICE for origin and licence.\n';
  writeFileSync(
    join(target, `${name}.ts`),
    `${head}export const rows = \`\\\n${rows.join('\n')}\`;\n`,
  );
}
