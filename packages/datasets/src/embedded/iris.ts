import { rows } from '../../data/iris.js';
import type { Split } from '../split/split.js';
import { decodeDecimals } from './decode.js';

/**
 * Flowers: 150 irises, four lengths in cm; the target is the species, 50 flowers of each of three.
 *
 * Source: Fisher, "The use of multiple measurements in taxonomic problems", Annals of Eugenics 7, 1936, as in R and
 * scikit-learn (the copy at UCI has two wrong values); CC BY 4.0.
 *
 * @example
 * ```ts
 * import { iris } from '@pushforward/datasets';
 * const flowers = iris(); // x [150, 4]
 * const perSpecies = flowers.given(['species']); // with a one-hot context [150, 3]
 * ```
 */
export function iris(): Split {
  return decodeDecimals(rows, {
    name: 'iris',
    source: 'R. A. Fisher, Annals of Eugenics 7, 1936; UCI Machine Learning Repository, CC BY 4.0',
    columns: ['sepal length (cm)', 'sepal width (cm)', 'petal length (cm)', 'petal width (cm)'],
    target: { name: 'species', classes: ['setosa', 'versicolor', 'virginica'] },
  });
}
