/** What stands in every report, letter by letter; its hash is in the report's own policy. */

export const STYLE = `
:root{--canvas:#f2f4f3;--surface:#fff;--line:#d9dfdc;--ink:#15201d;--ink2:#42504b;--muted:#5b6965;--accent:#0b6670;--bad:#b3261e;--soft:#fce6e3;--whole:#5a87d2;--train:#5a87d2;--eval:#b84e06;--test:#7a4fa3;--other:#717d8a}
@media (prefers-color-scheme:dark){:root{--canvas:#101514;--surface:#171e1c;--line:#2a3431;--ink:#e6ecea;--ink2:#bac5c1;--muted:#94a29d;--accent:#5cc2cc;--bad:#ff8f85;--soft:#3d1b18;--whole:#5680c8;--train:#5680c8;--eval:#f29a55;--test:#bd97e0;--other:#97a4b1}}
*{box-sizing:border-box}
body{margin:0;background:var(--canvas);color:var(--ink);font:13px/20px "IBM Plex Sans",system-ui,sans-serif;font-variant-numeric:tabular-nums}
header{padding:16px}
h1{margin:0 0 4px;font-size:18px;line-height:24px;font-weight:600;overflow-wrap:anywhere}
p{margin:4px 0;color:var(--ink2)}
.left{color:var(--muted)}
.side{margin-right:16px;white-space:nowrap}
.side i{display:inline-block;width:12px;height:10px;margin-right:5px;border:2px solid;border-radius:2px}
.side i.whole,.side i.train{background:var(--train);border-color:var(--train)}
.side i.eval{border-color:var(--eval)}.side i.test{border-color:var(--test)}.side i.other{border-color:var(--other);border-style:dotted}
input{font:inherit;color:inherit;background:var(--surface);border:1px solid var(--muted);border-radius:5px;padding:3px 6px}
.tools label{margin-right:16px}
main{margin:0 16px 32px;background:var(--surface);border:1px solid var(--line);border-radius:5px;max-height:calc(100vh - 32px);overflow:auto}
table{border-collapse:collapse;width:100%}
th,td{padding:4px 6px;text-align:right;vertical-align:middle;white-space:nowrap}
tbody{border-top:1px solid var(--line)}
thead th{font-size:12px;font-weight:500;color:var(--muted)}
main>table>thead th{position:sticky;top:0;background:var(--surface)}
th:first-child,td.top,td.picture,thead th:nth-child(2){text-align:left}
tbody th{font-weight:500}
tbody th small{display:block;color:var(--muted);font-weight:400}
button{all:unset;cursor:pointer}
button:hover{color:var(--ink)}
button:focus-visible,input:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
button[data-way]::after{content:" \\2191"}
button[data-way="down"]::after{content:" \\2193"}
.none{color:var(--muted)}
td.top{min-width:96px;max-width:168px;white-space:normal;overflow-wrap:anywhere}
.top span{color:var(--muted);white-space:nowrap}
.bad{color:var(--bad);background:var(--soft)}
.picture{width:192px}
svg{display:block;width:176px;height:40px}
.ends{display:flex;justify-content:space-between;width:176px;font-size:11px;line-height:14px;color:var(--muted)}
.bar.whole,.bar.train{fill:var(--train)}.bar.eval{fill:var(--eval)}.bar.test{fill:var(--test)}.bar.other{fill:var(--other)}
.line{fill:none;stroke-width:1.4}
.line.whole,.line.train{stroke:var(--train)}.line.eval{stroke:var(--eval)}.line.test{stroke:var(--test);stroke-dasharray:7 3}.line.other{stroke:var(--other);stroke-dasharray:2 2}
.more td{padding:0 8px 4px;text-align:left}
.more summary{color:var(--muted);font-size:12px;cursor:pointer}
.more table{width:auto;margin:4px 0 12px}
tbody[hidden]{display:none}
@media print{main{max-height:none;overflow:visible;border:0}.tools,.more{display:none}}
`

export const SCRIPT = `
'use strict'
const table = document.querySelector('main > table')
const features = Array.from(table.tBodies)
const search = document.getElementById('search')
const marked = document.getElementById('marked')
const shown = document.getElementById('shown')
function look() {
  const words = search.value.trim().toLowerCase()
  let many = 0
  for (const feature of features) {
    const fits = feature.dataset.name.includes(words) && (!marked.checked || 'marked' in feature.dataset)
    feature.hidden = !fits
    if (fits) many++
  }
  shown.textContent = many === features.length ? '' : many.toLocaleString('en-US') + ' of ' + features.length.toLocaleString('en-US') + ' features'
}
search.addEventListener('input', look)
marked.addEventListener('change', look)
const buttons = Array.from(table.querySelectorAll('button[data-sort]'))
for (const button of buttons)
  button.addEventListener('click', () => {
    const key = button.dataset.sort
    const way = key === 'order' ? (button.dataset.way === 'up' ? 'down' : 'up') : button.dataset.way === 'down' ? 'up' : 'down'
    for (const other of buttons) {
      delete other.dataset.way
      other.closest('th').removeAttribute('aria-sort')
    }
    button.dataset.way = way
    button.closest('th').setAttribute('aria-sort', way === 'up' ? 'ascending' : 'descending')
    const sign = way === 'up' ? 1 : -1
    const value = feature => (key in feature.dataset ? Number(feature.dataset[key]) : null)
    features.sort((a, b) => {
      const one = value(a)
      const two = value(b)
      if (one === null || two === null) return (one === null) - (two === null) || a.dataset.order - b.dataset.order
      return sign * (one - two) || a.dataset.order - b.dataset.order
    })
    table.append(...features)
  })
look()
`
