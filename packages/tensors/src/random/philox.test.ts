import { describeGolden } from '@pushforward/testing';
import { expect, it } from 'vitest';
import { normals } from './boxMuller.js';
import { gumbels, uniforms } from './draws.js';
import { philox } from './philox.js';

type Two = [number, number];
type Four = [number, number, number, number];

it('counts blocks as one 128-bit number, and stops in the middle of one', () => {
  const key: Two = [1, 2];
  const last = 0xffffffff;
  const carried = philox(key, [last, last, last, 7], 8);
  expect(carried.subarray(4)).toEqual(philox(key, [0, 0, 0, 8], 4));
  expect(philox(key, [last, last, last, last], 8).subarray(4)).toEqual(
    philox(key, [0, 0, 0, 0], 4),
  );
  expect(philox(key, [5, 0, 0, 0], 6)).toEqual(philox(key, [5, 0, 0, 0], 8).subarray(0, 6));
  expect(philox(key, [0, 0, 0, 0], 0)).toHaveLength(0);
});

it('is the same in vectors of four blocks as block by block', () => {
  const key: Two = [0x80000001, 0xffffffff];
  const counter: Four = [0xfffe0000, 2, 0x90000000, 3];
  // More than are computed in one call, ending in the middle of a group.
  const count = 40_007;
  const words = philox(key, counter, count);
  expect(words).toHaveLength(count);
  for (let at = 0; at < count; at += 60) {
    const some = words.subarray(at, at + 60);
    const [first, ...others] = counter;
    expect(some).toEqual(philox(key, [first + at / 4, ...others] as Four, some.length));
  }
});

it('turns words at the ends of their range into the numbers furthest out, all finite', () => {
  const last = 0xffffffff;
  const quarter = 0x200000; // of a turn, where the sine is 1
  const size = (u: number) => Math.sqrt(-2 * Math.log(u));
  expect(normals(Uint32Array.of(0, quarter, 1, quarter, last, quarter))).toBeAllClose(
    [size(1e-7), 0, size(2 ** -23), 0, size(1 - 2 ** -23), 0],
    { abs: 1e-6 },
  );
  // At all angles and sizes, against the functions of the engine.
  const words = Uint32Array.from({ length: 2 ** 16 }, (_, i) => Math.imul(i, 0x9e3779b1));
  const unit = (word: number) => Math.max((word & 0x7fffff) / 2 ** 23, 1e-7);
  const expected = Float32Array.from(words, (word, i) => {
    const [radius, turn] = i % 2 === 0 ? [word, words[i + 1]!] : [words[i - 1]!, word];
    const angle = 2 * Math.PI * unit(turn);
    return size(unit(radius)) * (i % 2 === 0 ? Math.sin(angle) : Math.cos(angle));
  });
  const together = normals(words.slice());
  expect(together).toBeAllClose(expected, { rel: 1e-7, abs: 1e-15 });
  // Few are not drawn in vectors: the same to the last digit.
  for (let at = 0; at < words.length; at += 64)
    expect(normals(words.slice(at, at + 64))).toEqual(together.subarray(at, at + 64));
  const half = 2 ** -33;
  expect(gumbels(Uint32Array.of(0, last))).toBeAllClose(
    [-Math.log(-Math.log(half)), -Math.log(half)],
    { rel: 1e-7 },
  );
});

describeGolden('t19_philox', ({ cases, tolerance }) => {
  // Random123's known answers, and TensorFlow's stateless generator.
  it.each(cases.filter(({ output }) => output.has('words')))(
    'words of $name',
    ({ input, output }) => {
      const words = output.vector('words');
      const got = philox(input.vector('key') as Two, input.vector('counter') as Four, words.length);
      expect([...got]).toEqual(words);
    },
  );

  it.each(cases.filter(({ output }) => output.has('uniform')))('uniforms of $name', (c) => {
    const from = c.output.has('key') ? c.output : c.input;
    const expected = c.output.vector('uniform');
    const words = philox(
      from.vector('key') as Two,
      from.vector('counter') as Four,
      expected.length,
    );
    expect([...uniforms(words)]).toEqual(expected);
  });

  it.each(cases.filter(({ output }) => output.has('normal64')))('normals of $name', (c) => {
    const expected = c.output.vector('normal64');
    const pairs = 2 * Math.ceil(expected.length / 2);
    const words = philox(c.input.vector('key') as Two, c.input.vector('counter') as Four, pairs);
    expect(normals(words).subarray(0, expected.length)).toBeAllClose(expected, tolerance);
  });
});
