/** Markup that may be inserted as it stands. */
export class Html {
  constructor(readonly markup: string) {}
}

type Content = string | number | Html | readonly Content[];

/** Markup from a template; every value that is not markup itself is escaped. */
export function html(strings: TemplateStringsArray, ...values: Content[]): Html {
  return new Html(strings.reduce((text, string, i) => text + render(values[i - 1]!) + string));
}

function render(value: Content): string {
  if (value instanceof Html) return value.markup;
  if (typeof value === 'object') return value.map(render).join('');
  return String(value).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
