import { expect, test } from 'vitest';
import { html } from './html.js';
import { nats } from './numbers.js';
import { figure, page } from './page.js';

test('values are escaped, markup is not', () => {
  const inner = html`<b>${'<script>'}</b>`;
  expect(html`${inner}${[1, '&', inner]}`.markup).toBe(
    '<b>&#60;script&#62;</b>1&#38;<b>&#60;script&#62;</b>',
  );
});

test('a page fetches nothing', () => {
  const text = page({
    title: 'a "title"',
    header: html`<h1>a</h1>`,
    sections: [figure(html`<svg></svg>`, 'what one sees')],
  });
  expect(text).toMatch(/^<!doctype html>/);
  expect(text).toContain('<title>a &#34;title&#34;</title>');
  expect(text).not.toMatch(/https?:|<script|@import|url\(|src=(?!"data:)/);
});

test('numbers have a true minus sign', () => {
  expect(nats(-1.005, 1)).toBe('−1.0');
});
