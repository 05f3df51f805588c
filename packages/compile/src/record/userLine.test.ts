import { expect, test } from 'vitest';
import { userLine, userPlace } from './userLine.js';

const onWindows = 'file:///C:/Users/Jo%20M%C3%BCller/app/node_modules/@pushforward/compile/dist/';
const inPage = 'http://localhost:5173/packages/compile/src/record/';

test('the line that asks', () => {
  // This file is beside the recorder, as no user's is: what calls it is the runner of the tests.
  expect(userLine()).toBe('');
  expect(userPlace(new Error().stack!, 'file:///elsewhere/')).toMatch(
    /userLine\.test\.ts:\d+:\d+$/,
  );
});

test.each([
  [
    'V8, paths of POSIX',
    `Error: why
    at userLine (/app/packages/compile/src/record/userLine.ts:30:29)
    at Recorder.read (/app/packages/compile/src/record/recorder.ts:140:15)
    at Engine.runKernel (/app/node_modules/@tensorflow/tfjs-core/dist/engine.js:488:35)
    at Array.map (<anonymous>)
    at step (/app/my (own) models/train.ts:12:7)
    at async Promise.all (index 0)`,
    'file:///app/packages/compile/src/record/',
    '/app/my (own) models/train.ts:12:7',
  ],
  [
    'V8, modules in Node',
    `Error
    at userLine (file:///app/my%20dist/index.js:30:29)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at async file:///app/train.mjs:3:1`,
    'file:///app/my%20dist/',
    'file:///app/train.mjs:3:1',
  ],
  [
    'V8, a path where the package has an address',
    `Error
    at userLine (/app/my dist/index.js:30:29)
    at /app/train.cjs:3:1`,
    'file:///app/my%20dist/',
    '/app/train.cjs:3:1',
  ],
  [
    'V8, paths of Windows',
    `Error
    at userLine (c:\\Users\\Jo Müller\\app\\node_modules\\@pushforward\\compile\\dist\\index.js:30:29)
    at Engine.runKernel (C:\\Users\\Jo Müller\\app\\node_modules\\@tensorflow\\tfjs-core\\dist\\tf-core.node.js:4:2)
    at new Model (C:\\Users\\Jo Müller\\app\\src\\model.js:8:12)`,
    onWindows,
    'C:\\Users\\Jo Müller\\app\\src\\model.js:8:12',
  ],
  [
    'V8, paths of Windows in a checkout',
    `Error
    at userLine (c:\\app\\packages\\compile\\src\\record\\userLine.ts:30:29)
    at D:\\model.ts:8:12`,
    'file:///C:/app/packages/compile/src/record/',
    'D:\\model.ts:8:12',
  ],
  [
    'V8, modules of Windows',
    `Error
    at userLine (file:///C:/Users/Jo%20M%C3%BCller/app/node_modules/@pushforward/compile/dist/index.js:30:29)
    at Object.loss [as value] (file:///C:/Users/Jo%20M%C3%BCller/app/train.mjs:8:12)`,
    onWindows,
    'file:///C:/Users/Jo%20M%C3%BCller/app/train.mjs:8:12',
  ],
  [
    'Chromium',
    `Error
    at userLine (http://localhost:5173/packages/compile/src/record/userLine.ts?t=1:30:29)
    at Engine.runKernel (http://localhost:5173/node_modules/.vite/deps/@tensorflow_tfjs.js?v=2f:4:2)
    at http://localhost:5173/src/main.ts?t=17:8:12`,
    inPage,
    'http://localhost:5173/src/main.ts?t=17:8:12',
  ],
  [
    'Firefox',
    `userLine@http://localhost:5173/packages/compile/src/record/userLine.ts:30:29
runKernel@https://cdn.jsdelivr.net/npm/@tensorflow/tfjs@4.22.0/dist/tf.min.js:17:4
async*step@http://localhost:5173/@mine/src/main.ts:8:12
@http://localhost:5173/src/other.ts:9:1
`,
    inPage,
    'http://localhost:5173/@mine/src/main.ts:8:12',
  ],
  [
    'Safari',
    `userLine@http://localhost:5173/packages/compile/src/record/userLine.ts:30:29
map@[native code]
module code@http://localhost:5173/src/main.ts:8:12`,
    inPage,
    'http://localhost:5173/src/main.ts:8:12',
  ],
  [
    'an application in one file',
    `Error
    at userLine (https://example.org/assets/index-4f2.js:1:2000)
    at step (https://example.org/assets/index-4f2.js:1:9000)`,
    'https://example.org/assets/',
    undefined,
  ],
])('%s', (_, stack, own, place) => {
  expect(userPlace(stack, own)).toBe(place);
});
