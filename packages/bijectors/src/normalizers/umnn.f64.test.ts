// The same tests in double precision, where only a mistake can make a difference.
import '@pushforward/testing/float64';
import './umnn.test.js';
import './umnnGolden.test.js';
import './umnnNumerics.test.js';
