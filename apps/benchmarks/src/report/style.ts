/** One colour for each thing compared, the same in every chart and table. */
export const colours = {
  data: '#2b2f36',
  flow: '#2456c8',
  kernel: '#c9761a',
  gaussian: '#7a8290',
  accent: '#0b7a5b',
  warning: '#b3261e',
} as const;

export const sans = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif";
const serif =
  "'Iowan Old Style', Charter, 'Bitstream Charter', 'Palatino Linotype', Palatino, Georgia, serif";

/** The style of a report: one column of text, figures as wide as they need, nothing fetched. */
export const style = `
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #fbfbf9; color: #22262c; font: 17px/1.6 ${serif}; -webkit-text-size-adjust: 100%; }
main { max-width: 1020px; margin: 0 auto; padding: 56px 28px 96px; }
header { border-bottom: 1px solid #e3e2dc; padding-bottom: 32px; margin-bottom: 8px; }
.kicker { font: 600 12px/1 ${sans}; letter-spacing: .12em; text-transform: uppercase; color: ${colours.flow}; margin: 0 0 18px; }
h1 { font-size: 42px; line-height: 1.12; font-weight: 600; letter-spacing: -.015em; margin: 0 0 16px; text-wrap: balance; }
h2 { font-size: 28px; line-height: 1.2; font-weight: 600; letter-spacing: -.01em; margin: 72px 0 12px; }
h3 { font: 600 14px/1.4 ${sans}; margin: 0 0 8px; color: #3b414a; }
p { max-width: 68ch; margin: 0 0 14px; text-wrap: pretty; }
.lead { font-size: 20px; line-height: 1.5; color: #3b414a; }
.facts { display: flex; flex-wrap: wrap; gap: 6px 22px; font: 13px/1.5 ${sans}; color: #6a717c; margin: 20px 0 0; padding: 0; list-style: none; }
.facts b { font-weight: 600; color: #3b414a; }
.scores { display: grid; grid-template-columns: repeat(auto-fit, minmax(260px, 1fr)); gap: 20px; margin: 28px 0 8px; }
.score { background: #fff; border: 1px solid #e6e5df; border-radius: 12px; padding: 22px 24px; }
.score .name { font: 600 13px/1.3 ${sans}; color: #6a717c; margin: 0 0 8px; }
.score .value { font: 600 40px/1.05 ${sans}; letter-spacing: -.03em; color: ${colours.flow}; font-variant-numeric: tabular-nums; margin: 0; }
.score .value small { font-size: 16px; font-weight: 500; letter-spacing: 0; color: #6a717c; }
.score .against { font: 14px/1.5 ${sans}; color: #3b414a; margin: 10px 0 0; }
figure { margin: 28px 0 8px; }
figure > .plate { background: #fff; border: 1px solid #e6e5df; border-radius: 12px; padding: 20px; }
figure svg, figure img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
figure img.pixels { image-rendering: pixelated; width: 100%; }
figcaption { font: 14px/1.55 ${sans}; color: #565d68; margin: 12px 2px 0; max-width: 82ch; }
.row { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 0 28px; align-items: start; }
.beside { display: grid; grid-template-columns: 1fr 1fr; gap: 20px; }
.table { overflow-x: auto; margin: 24px 0 8px; }
table { border-collapse: collapse; width: 100%; font: 15px/1.4 ${sans}; font-variant-numeric: tabular-nums; }
caption { caption-side: bottom; text-align: left; font-size: 14px; line-height: 1.55; color: #565d68; padding: 12px 2px 0; }
th { text-align: left; font-weight: 600; font-size: 13px; color: #6a717c; padding: 8px 14px 8px 2px; border-bottom: 1px solid #c9c8c0; }
td { padding: 9px 14px 9px 2px; border-bottom: 1px solid #ebeae4; }
th.number, td.number { text-align: right; }
td.number { white-space: nowrap; }
tr.best td { font-weight: 600; }
.swatch { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 9px; }
.formula { font-size: 19px; text-align: center; margin: 22px auto; max-width: 100%; overflow-x: auto; white-space: nowrap; }
.verdict { display: inline-block; font: 600 13px/1 ${sans}; padding: 7px 12px; border-radius: 99px; margin: 0 0 18px; color: #fff; background: ${colours.accent}; }
.verdict.fails { background: ${colours.warning}; }
.legend { font: 13px/1.5 ${sans}; color: #3b414a; margin: 0 0 10px; display: flex; flex-wrap: wrap; gap: 4px 18px; }
footer { margin-top: 80px; padding-top: 20px; border-top: 1px solid #e3e2dc; font: 13px/1.6 ${sans}; color: #6a717c; }
code { font: .88em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
@media (max-width: 640px) {
  body { font-size: 16px; }
  main { padding: 32px 18px 64px; }
  h1 { font-size: 31px; }
  h2 { font-size: 24px; margin-top: 56px; }
  .lead { font-size: 18px; }
  .beside { grid-template-columns: 1fr; }
  figure > .plate { padding: 12px; border-radius: 10px; }
  .formula { font-size: 15px; }
  table { font-size: 13px; }
  th, td { padding-right: 8px; }
}
@media print { body { background: #fff; } figure, .score { break-inside: avoid; } }
`;
