import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { Html } from '../report/html.js';
import { sans } from '../report/style.js';

const { document } = parseHTML('<!doctype html><html><body></body></html>');

/** A chart as inline SVG, drawn without a browser. */
export function svg(options: Plot.PlotOptions, label: string): Html {
  const chart = draw(options, 12);
  chart.setAttribute('role', 'img');
  chart.setAttribute('aria-label', label);
  return new Html(chart.outerHTML);
}

/** A chart that is a part of a larger SVG: without the style by which a chart fits its page. */
export function panel(options: Plot.PlotOptions): Html {
  const chart = draw(options, 10);
  chart.querySelector('style')?.remove();
  return new Html(chart.outerHTML);
}

function draw(options: Plot.PlotOptions, fontSize: number) {
  const chart = Plot.plot({
    ...options,
    document,
    style: { fontFamily: sans, fontSize: `${fontSize}px`, background: 'white' },
  });
  chart.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return chart;
}
