/** Colors of the product, both themes; the page stands alone on the device. */
export const STYLE = `
:root{color-scheme:light dark;--canvas:#f2f4f3;--surface:#fff;--sunken:#e9edeb;--line:#d9dfdc;--strong:#b4bfba;--control:#7b8883;--ink:#15201d;--muted:#5b6965;--accent:#0b6670;--hover:#08525a;--soft:#dceff0;--on:#fff;--good:#1b6e3c;--warn:#7a5600;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--canvas:#101514;--surface:#171e1c;--sunken:#0c100f;--line:#2a3431;--strong:#43504c;--control:#74827d;--ink:#e6ecea;--muted:#94a29d;--accent:#5cc2cc;--hover:#7fd3db;--soft:#16343a;--on:#06201f;--good:#6fcf92;--warn:#e9c25a;--bad:#ff8f85}}
*{box-sizing:border-box;margin:0}
[hidden]{display:none!important}
body{font:400 16px/24px "IBM Plex Sans",system-ui,"Segoe UI","Noto Sans","Liberation Sans",sans-serif;font-variant-numeric:tabular-nums;color:var(--ink);background:var(--canvas);min-height:100vh;display:flex;flex-direction:column}
header,footer{background:var(--surface);border:0 solid var(--line)}
header{display:flex;align-items:center;gap:10px;min-height:56px;padding:8px 16px;border-bottom-width:1px}
header h1{font-size:18px;font-weight:600;overflow-wrap:anywhere}
header span{margin-left:auto;flex:none}
main{flex:1;width:100%;max-width:640px;margin:0 auto;padding:12px 16px;display:grid;gap:10px;align-content:start}
@media (min-width:960px){main{max-width:1040px;grid-template-columns:1fr 1fr;align-items:start}main>div{display:grid;gap:10px}}
@media (max-width:959px){main>div{display:contents}}
section{background:var(--surface);border:1px solid var(--line);border-radius:8px;padding:12px 14px;min-width:0}
.live{display:grid;gap:10px;min-width:0}.live:empty{display:none}
h2{font-size:16px;line-height:24px;font-weight:600}
.name{font-size:24px;line-height:32px;font-weight:600;margin-top:4px;overflow-wrap:anywhere}
.m{color:var(--muted)}.f{font-size:14px;line-height:20px}
.row{display:flex;align-items:center;justify-content:space-between;gap:8px}
.st{display:inline-flex;align-items:center;gap:6px;font-weight:600}
.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}
.code{font-size:32px;line-height:40px;font-weight:600;letter-spacing:.04em}
dl{display:grid;grid-template-columns:repeat(3,1fr);gap:8px;margin-top:10px;border-top:1px solid var(--line);padding-top:8px}
dl div{display:flex;flex-direction:column-reverse;min-width:0}
dd{margin:0;font-weight:600;font-size:20px;line-height:24px;overflow-wrap:anywhere}
.facts{display:block;border:0;padding:0;margin-top:4px}
.facts div{display:flex;flex-direction:row;justify-content:space-between;gap:12px;padding:4px 0;border-top:1px solid var(--line)}
.facts div:first-child{border-top:0}
.facts dd{font-size:14px;line-height:20px;font-weight:500;text-align:right;min-width:0}
.facts dt{flex:none}
ol{list-style:none;padding:0}
li{display:grid;grid-template-columns:auto 1fr;gap:0 12px;padding:6px 0;border-top:1px solid var(--line);overflow-wrap:anywhere}
li:first-child{border-top:0}
time{white-space:nowrap}
p{margin-top:8px}
.pick{display:grid;grid-template-columns:repeat(auto-fill,minmax(138px,1fr));gap:8px;margin-top:10px}
button,.button{font:inherit;font-weight:600;color:var(--ink);background:var(--surface);border:1px solid var(--control);border-radius:6px;min-height:48px;padding:8px 14px;cursor:pointer;text-align:center}
button:hover{border-color:var(--accent)}
button:disabled{color:var(--muted);border-color:var(--line);cursor:default}
button:focus-visible,input:focus-visible,select:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
button.main{background:var(--accent);border-color:var(--accent);color:var(--on);width:100%;margin-top:12px}
button.main:hover{background:var(--hover)}
button.wide{width:100%;margin-top:10px}
button.choice{display:grid;grid-template-columns:1fr auto;gap:0 6px;text-align:left;font-weight:400;align-content:start;align-items:start;width:100%}
button.choice b{font-weight:600}
button.choice .f{grid-column:1/-1}
button.choice[aria-pressed=true]{border-color:var(--accent);border-width:2px;padding:7px 13px;background:var(--soft);color:var(--ink)}
.choice svg{color:var(--accent)}
form{margin-top:6px}
.fields{display:grid;grid-template-columns:repeat(auto-fill,minmax(138px,1fr));gap:8px 10px}
label{display:block;min-width:0}
label span{display:block;font-size:14px;line-height:20px;color:var(--muted);overflow-wrap:anywhere}
input,select{font:inherit;color:var(--ink);background:var(--surface);border:1px solid var(--control);border-radius:6px;min-height:44px;width:100%;padding:6px 10px}
input[type=file]{padding:8px}
canvas{display:block;width:112px;height:112px;background:var(--sunken);border:1px solid var(--line);border-radius:6px;margin-top:10px;image-rendering:pixelated}
.scores{margin-top:10px}
.scores div{display:grid;grid-template-columns:minmax(0,1fr) minmax(60px,2fr) auto;gap:10px;align-items:center;padding:3px 0}
.scores span{overflow-wrap:anywhere}
meter{width:100%;height:12px}
meter::-webkit-meter-bar{background:var(--sunken);border:0;border-radius:3px}
meter::-webkit-meter-optimum-value{background:var(--accent)}
meter::-moz-meter-bar{background:var(--accent)}
dialog{color:var(--ink);background:var(--surface);border:1px solid var(--strong);border-radius:8px;padding:16px;width:min(340px,calc(100vw - 32px));margin:auto}
dialog::backdrop{background:rgb(0 0 0/.5)}
.two{display:grid;grid-template-columns:1fr 1fr;gap:8px;margin-top:12px}.two button.main{margin:0}
#said{position:sticky;bottom:0;padding:10px 16px;background:var(--surface);border-top:1px solid var(--line)}
footer{padding:10px 16px 14px;border-top-width:1px}
svg{flex:none;display:block}`
