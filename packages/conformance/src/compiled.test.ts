/** Every row of the table, compiled for ONNX Runtime, against the engine `wasm`. */
import { useEngine } from '@pushforward/tensors';
import { beforeAll } from 'vitest';
import { describeCompiled } from './agreement.js';

beforeAll(() => useEngine('wasm'));

describeCompiled({ target: 'onnx' });
