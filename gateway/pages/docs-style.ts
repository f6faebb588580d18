// The style sheet of the /docs page: system fonts, light and dark, contrast of at least 4.5:1.

export const DOCS_STYLE = `
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--soft:#f3f5f7;--line:#d5dae0;--accent:#0b5cad}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ed;--paper:#14171b;--soft:#1e2329;--line:#353c45;--accent:#7ab7ff}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:60rem;padding:1.5rem 1rem 4rem;background:var(--paper);color:var(--ink);
font:1rem/1.55 system-ui,"Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif}
a{color:var(--accent)}.skip{position:absolute;left:-99rem}.skip:focus{left:1rem}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .5rem}h1 small,th small{font-weight:400;opacity:.75}
h2{margin:2.5rem 0 .5rem;padding-bottom:.25rem;border-bottom:2px solid var(--line);text-transform:capitalize}
h3{margin:0;font-size:1.05rem;word-break:break-word}h4{margin:1rem 0 .25rem;font-size:.95rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:0;list-style:none}
nav a{display:inline-block;min-height:44px;line-height:44px}
article{margin:1.25rem 0;padding:1rem;border:1px solid var(--line);border-radius:.5rem}
.method{display:inline-block;min-width:4.2rem;padding:.1rem .5rem;border-radius:.3rem;background:var(--accent);
color:var(--paper);font-size:.85rem;text-align:center}
code{font-family:ui-monospace,Consolas,monospace;font-size:.92em}
.scroll{overflow-x:auto}table{width:100%;border-collapse:collapse;font-size:.92rem}
th,td{padding:.35rem .5rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{font-weight:500}tr:nth-child(odd){background:var(--soft)}
`;
