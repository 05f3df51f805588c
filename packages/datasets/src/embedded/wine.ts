import { rows } from '../../data/wine.js';
import type { Split } from '../split/split.js';
import { decodeDecimals } from './decode.js';

/**
 * Chemical analyses of 178 wines of one region, thirteen constituents; the target is the cultivar, one of three.
 *
 * Source: Forina et al., PARVUS; UCI Machine Learning Repository, doi:10.24432/C5PC7J, CC BY 4.0.
 */
export function wine(): Split {
  return decodeDecimals(rows, {
    name: 'wine',
    source: 'M. Forina et al., PARVUS; UCI Machine Learning Repository, CC BY 4.0',
    columns: [
      'alcohol',
      'malic acid',
      'ash',
      'alcalinity of ash',
      'magnesium',
      'total phenols',
      'flavanoids',
      'nonflavanoid phenols',
      'proanthocyanins',
      'color intensity',
      'hue',
      'od280/od315 of diluted wines',
      'proline',
    ],
    target: { name: 'cultivar', classes: ['class_0', 'class_1', 'class_2'] },
  });
}
