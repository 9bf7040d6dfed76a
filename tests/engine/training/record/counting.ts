/** A program that counts aloud into a file: `node counting.ts <file> <lines> <milliseconds between>`. */
import { appendFileSync, writeFileSync } from 'node:fs'

const [file = '', lines = '0', pause = '1'] = process.argv.slice(2)
writeFileSync(`${file}.pid`, String(process.pid))
for (let i = 1; i <= Number(lines); i++) {
  // Now and then half a line first: what is not whole yet must not be heard.
  appendFileSync(file, `line ${i}`)
  appendFileSync(file, `\n${JSON.stringify({ step: i, loss: 1 / i })}\n`)
  await new Promise(resolve => setTimeout(resolve, Number(pause)))
}
appendFileSync(file, 'END\n')
