import { rows } from '../../data/diabetes.js';
import type { Split } from '../split/split.js';
import { decodeDecimals } from './decode.js';

/**
 * 442 diabetes patients: age in years, sex (1 or 2), body mass index, mean blood pressure and six serum measures, as
 * measured, not scaled; the target is a measure of the progression of the disease one year later, a number.
 *
 * Source: Efron, Hastie, Johnstone and Tibshirani, "Least angle regression", Annals of Statistics 32, 2004.
 *
 * @example
 * ```ts
 * import { diabetes } from '@pushforward/datasets';
 * // The law of the progression given body mass index and blood pressure.
 * const table = diabetes().select(['progression', 'bmi', 'bp']).given(['bmi', 'bp']);
 * ```
 */
export function diabetes(): Split {
  return decodeDecimals(rows, {
    name: 'diabetes',
    source:
      'B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, Annals of Statistics 32, 2004; as in scikit-learn, BSD-3',
    columns: ['age', 'sex', 'bmi', 'bp', 's1', 's2', 's3', 's4', 's5', 's6'],
    target: { name: 'progression' },
  });
}
