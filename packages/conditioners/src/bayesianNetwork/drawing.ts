import type { BayesianNetwork } from './network.js';

/** Whatever turns a graph in the language of Graphviz into a picture, such as `await instance()` of `@viz-js/viz`. */
export interface Graphviz {
  /** Draws the graph. */
  renderString(dot: string, options: { format: 'svg' }): string;
}

/**
 * The network in the language of Graphviz: layers are rows, nodes that are functions of their parents have a double
 * circle, and bijective edges have no arrow.
 *
 * @example
 * ```ts
 * import { BayesianNetwork, toDot } from '@pushforward/conditioners';
 * console.log(toDot(new BayesianNetwork([[0, 0], [1, 0]], ['cause', 'effect'])));
 * ```
 */
export function toDot(network: BayesianNetwork): string {
  const { names, levels, styles } = network;
  const layerOf = (i: number) => styles[names[i]!]?.layer ?? levels[i]!;
  const layers = [...new Set(names.map((_, i) => layerOf(i)))].sort((a, b) => a - b);
  const rows = layers.map((layer) => {
    const members = names.filter((_, i) => layerOf(i) === layer).map(quote);
    return `  { rank=same; ${members.join('; ')} }`;
  });
  const nodes = names
    .filter((name) => styles[name]?.isDeterministic)
    .map((name) => `  ${quote(name)} [shape=doublecircle]`);
  const edges = network.edges.map(([from, to]) => {
    const attributes = styles[to]?.bijectiveTo === from ? ' [dir=none]' : '';
    return `  ${quote(from)} -> ${quote(to)}${attributes}`;
  });
  return ['digraph {', '  node [shape=circle]', ...nodes, ...rows, ...edges, '}', ''].join('\n');
}

/**
 * The network as a picture.
 *
 * @param graphviz in Node as in the browser: `await instance()` of the package `@viz-js/viz`
 *
 * @example
 * ```ts
 * import { BayesianNetwork, toSvg } from '@pushforward/conditioners';
 * import { instance } from '@viz-js/viz';
 * const svg = toSvg(new BayesianNetwork([[0, 0], [1, 0]], ['cause', 'effect']), await instance());
 * console.log(svg.includes('</svg>')); // true
 * ```
 */
export function toSvg(network: BayesianNetwork, graphviz: Graphviz): string {
  return graphviz.renderString(toDot(network), { format: 'svg' });
}

function quote(name: string): string {
  return `"${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
