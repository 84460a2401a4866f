/** Parts of a report as one HTML page: for light and dark mode and for paper, without scripts or links. Pure. */

const STYLE = `:root { color-scheme: light dark; --ink: light-dark(#1b1f24, #e6e6e6); --paper: light-dark(#fff, #15181c); }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 900px; margin: 2em auto; padding: 0 1em; }
svg { width: 100%; height: auto; } svg text { fill: var(--ink); font-size: 12px; } .axis { stroke: var(--ink); opacity: .4; }
table { border-collapse: collapse; } td, th { text-align: left; padding: .2em 1em .2em 0; border-bottom: 1px solid color-mix(in srgb, var(--ink) 25%, transparent); }
@media print { :root { color-scheme: light; } }`;

/** @param body HTML that follows the heading */
export const htmlPage = (title: string, style: string, body: string) => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"/><meta name="viewport" content="width=device-width"/><title>${escape(title)}</title><style>${STYLE}
${style}</style></head>
<body>
<h1>${escape(title)}</h1>
${body}
</body>
</html>
`;

export const htmlTable = (head: string[], lines: string[][]) =>
	`<table><tr>${head.map((cell) => `<th>${escape(cell)}</th>`).join('')}</tr>
${lines.map((line) => `<tr>${line.map((cell) => `<td>${escape(cell)}</td>`).join('')}</tr>`).join('\n')}</table>`;

/** A coordinate. */
export const fixed = (value: number) => value.toFixed(1);

export const escape = (text: string) =>
	text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
