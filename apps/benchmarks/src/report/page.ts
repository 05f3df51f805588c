import { Html, html } from './html.js';
import { style } from './style.js';

/** A report: one file that shows itself in any browser, with nothing fetched. */
export function page(content: { title: string; header: Html; sections: Html[] }): string {
  return `<!doctype html>\n${
    html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${content.title}</title>
<link rel="icon" href="data:,">
<style>${new Html(style)}</style>
</head>
<body>
<main>
<header>${content.header}</header>
${content.sections}
<footer>Made by pushforward. Every number and picture on this page comes from the run described above; the numbers are also in <code>metrics.json</code> beside it.</footer>
</main>
</body>
</html>
`.markup
  }`;
}

/** A picture with a sentence or two on what one sees in it. */
export function figure(picture: Html, caption: Content, title?: string): Html {
  return html`<figure><div class="plate">${title === undefined ? '' : html`<h3>${title}</h3>`}${picture}</div><figcaption>${caption}</figcaption></figure>`;
}

type Content = string | Html;

/** Names and colours of what a picture compares. */
export function legend(entries: [label: string, colour: string][]): Html {
  return html`<div class="legend">${entries.map(
    ([label, colour]) =>
      html`<span><span class="swatch" style="background:${colour}"></span>${label}</span>`,
  )}</div>`;
}

/** What was run and how, in one line under the title. */
export function facts(entries: [name: string, value: string | number][]): Html {
  return html`<ul class="facts">${entries.map(([name, value]) => html`<li><b>${name}</b> ${value}</li>`)}</ul>`;
}
