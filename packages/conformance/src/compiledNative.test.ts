/** Every row of the table, as TensorFlow graphs, against native TensorFlow operation by operation. */
import { onTensorFlow } from '@pushforward/testing';
import { describeCompiled } from './agreement.js';

onTensorFlow(() => {
  describeCompiled({ target: 'tensorflow' });
});
