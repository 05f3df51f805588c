import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { checkAbove, checkContext, checkCount, checkEvent, checkOptions } from './check.js';
import { DomainError, OptionError, PushforwardError, ShapeError } from './errors.js';

it('checkOptions names what is unknown and what is known', () => {
  expect(() => {
    checkOptions('fit', { rate: 1, epochs: 2 }, ['rate', 'epochs']);
  }).not.toThrow();
  expect(() => {
    checkOptions('fit', { rate: 1, epoch: 2 }, ['rate', 'epochs']);
  }).toThrow(new OptionError("fit: unknown option 'epoch'; known are rate, epochs."));
});

it('checkCount wants an integer that is large enough', () => {
  expect(() => {
    checkCount('fit', 'epochs', 0, 0);
  }).not.toThrow();
  for (const epochs of [0, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => {
      checkCount('fit', 'epochs', epochs, 1);
    }).toThrow(new DomainError(`fit: epochs must be an integer >= 1, got ${epochs}.`));
});

it('checkAbove wants a finite number that is large enough', () => {
  expect(() => {
    checkAbove('fit', 'rate', 1e-9, 0);
  }).not.toThrow();
  for (const rate of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => {
      checkAbove('fit', 'rate', rate, 0);
    }).toThrow(new DomainError(`fit: rate must be finite and > 0, got ${rate}.`));
});

it('checkEvent wants the last axes', () => {
  expect(() => {
    checkEvent('f', tf.zeros([5, 2, 3]), [2, 3]);
  }).not.toThrow();
  expect(() => {
    checkEvent('f', tf.zeros([5]), []);
  }).not.toThrow();
  expect(() => {
    checkEvent('f', tf.zeros([5, 3]), [2]);
  }).toThrow(new ShapeError('f: expected shape [..., 2], got [5, 3].'));
  expect(() => {
    checkEvent('f', tf.zeros([3]), [2, 3]);
  }).toThrow(ShapeError);
});

it('checkContext wants a context of the right size exactly where there is one', () => {
  expect(() => {
    checkContext('f', 0, undefined);
  }).not.toThrow();
  expect(() => {
    checkContext('f', 2, tf.zeros([5, 2]));
  }).not.toThrow();
  expect(() => {
    checkContext('f', 0, tf.zeros([5, 2]));
  }).toThrow(/no context is expected.*\[5, 2\]/);
  expect(() => {
    checkContext('f', 2, undefined);
  }).toThrow(/shape \[..., 2\] is required, got none/);
  expect(() => {
    checkContext('f', 2, tf.zeros([5, 3]));
  }).toThrow(/expected shape \[..., 2\]/);
});

it('every error is one of ours, with its own name', () => {
  const error = new ShapeError('x');
  expect(error).toBeInstanceOf(PushforwardError);
  expect(error).toBeInstanceOf(Error);
  expect(String(error)).toBe('ShapeError: x');
});
