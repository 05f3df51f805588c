// The same tests in double precision.
import '@pushforward/testing/float64';
import './positive.test.js';
