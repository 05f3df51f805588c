import { rows } from '../../data/breastCancer.js';
import type { Split } from '../split/split.js';
import { decodeDecimals } from './decode.js';

const NUCLEUS = [
  'radius',
  'texture',
  'perimeter',
  'area',
  'smoothness',
  'compactness',
  'concavity',
  'concave points',
  'symmetry',
  'fractal dimension',
];

/**
 * Cell nuclei in 569 fine-needle aspirates: ten measures of a nucleus, for each the mean, the standard error and the
 * mean of the three largest; the target is the diagnosis, 212 times malignant and 357 times benign.
 *
 * Source: Street, Wolberg and Mangasarian, "Nuclear feature extraction for breast tumor diagnosis", 1993; UCI Machine
 * Learning Repository, doi:10.24432/C5DW2B, CC BY 4.0.
 */
export function breastCancer(): Split {
  return decodeDecimals(rows, {
    name: 'breast cancer',
    source:
      'W. N. Street, W. H. Wolberg and O. L. Mangasarian, 1993; UCI Machine Learning Repository, CC BY 4.0',
    columns: [
      ...NUCLEUS.map((measure) => `mean ${measure}`),
      ...NUCLEUS.map((measure) => `${measure} error`),
      ...NUCLEUS.map((measure) => `worst ${measure}`),
    ],
    target: { name: 'diagnosis', classes: ['malignant', 'benign'] },
  });
}
