import { rows } from '../../data/digits.js';
import { pixelColumns } from '../images/pixelColumns.js';
import type { Split } from '../split/split.js';
import { decodeLetters } from './decode.js';

/**
 * Handwritten digits: 1797 images of 8 x 8 pixels, row after row, integers from 0 to 16; the target is the digit.
 *
 * Source: Kaynak, MSc thesis, Bogazici University, 1995; the test set of "Optical recognition of handwritten digits",
 * UCI Machine Learning Repository, doi:10.24432/C50P49, CC BY 4.0.
 */
export function digits(): Split {
  return decodeLetters(rows, {
    name: 'digits',
    source: 'E. Alpaydin and C. Kaynak, 1998; UCI Machine Learning Repository, CC BY 4.0',
    columns: pixelColumns(8, 8),
    target: { name: 'digit', classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] },
  });
}
