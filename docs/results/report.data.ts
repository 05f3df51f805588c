import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../public/digits-and-iris.html', import.meta.url));

/** A part of the report, as markup. */
interface Section {
  title: string;
  id: string;
  body: string;
}

/** The parts of the report that the main job wrote: its pictures and tables as they stand in it. */
export default {
  watch: ['../public/*.html'],
  load(): { header: string; sections: Section[] } {
    const page = readFileSync(file, 'utf8');
    const found = page.matchAll(/<section><h2>(.*?)<\/h2>([\s\S]*?)<\/section>/g);
    const sections = [...found].map(([, title, body]) => ({
      title: title!,
      id: title!.toLowerCase().replaceAll(' ', '-'),
      body: body!,
    }));
    const header = /<div class="scores">[\s\S]*?(?=<\/header>)/.exec(page)?.[0];
    if (header === undefined || sections.length === 0)
      throw new Error(`${file} is not a report: run npm start and copy what it writes.`);
    return { header, sections };
  },
};
