import { coordinates, lengths } from '../charts/latent.js';
import { pairPlot, type Rows } from '../charts/pairs.js';
import { type Html, html } from './html.js';
import { figure, legend } from './page.js';
import { colours } from './style.js';

/** Most columns in one pair plot. */
const mostColumns = 5;

/** The two pictures of the latents. */
export function latentPlates(latents: Rows): Html {
  const dimensions = latents[0]!.length;
  return html`<div class="row">${figure(
    coordinates(latents),
    html`All ${latents.length * dimensions} numbers of the latents <i>z</i> = <i>g</i>(<i>x</i>) of the rows judged (bars) and the standard normal density (line). Where the bars follow the line, the flow has turned the data into noise.`,
    'Latents, number by number',
  )}${figure(
    lengths(latents),
    html`The lengths |<i>z</i>| of the ${latents.length} latents (bars) and those that normal vectors of ${dimensions} numbers have (line), which looks at all numbers together. Rows far to the right are less likely than the flow expects of any row.`,
    'Latents, vector by vector',
  )}</div>`;
}

/** Every pair of the first few columns. */
export function pairPlate(columns: readonly string[], data: Rows, samples: Rows): Html {
  const shown = columns.slice(0, mostColumns);
  const rest =
    columns.length > mostColumns
      ? ` The first ${mostColumns} of ${columns.length} columns are shown.`
      : '';
  return figure(
    html`${legend([
      ['data', colours.data],
      ['samples of the flow', colours.flow],
    ])}${pairPlot(shown, data, samples)}`,
    `Every pair of columns: ${data.length} rows of data below the diagonal, ${samples.length} samples of the flow above it; on the diagonal both as histograms.${rest}`,
  );
}

/** What the numbers on a page mean, with the formula by which all are computed. */
export function method(baselines: string): Html {
  return html`<section><h2>What is measured</h2>
<p>The flow <i>g</i> maps a row <i>x</i> to a latent <i>z</i> = <i>g</i>(<i>x</i>). If <i>z</i> is standard normal, <i>x</i> has the density</p>
<p class="formula">log <i>p</i>(<i>x</i>) = log <i>N</i>(<i>g</i>(<i>x</i>); 0, <i>I</i>) + log |det ∂<i>g</i>(<i>x</i>)/∂<i>x</i>|</p>
<p>and training makes the training rows as likely as it can. What counts is how likely the flow finds rows that it has never seen: the mean of log <i>p</i>(<i>x</i>) over test rows, in nats. One nat more means that the test rows are <i>e</i> times as likely, in the geometric mean. ${baselines}</p></section>`;
}

/** Who the baselines are. */
export const fairBaselines =
  'The baselines are a Gaussian with the mean and covariance of the data, and a kernel density, which puts a small Gaussian of the same shape on every row it knows. Both are given training and validation rows together, and the width of the kernels is the one best on validation rows.';
