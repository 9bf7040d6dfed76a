import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, resolve, sep } from 'node:path'
import type { VariantSettings } from '#contract'
import { fail } from '../kit/index.ts'

/** The files that are written for a place that a person named; for C the header beside it too. */
function targetsOf(out: string, to: VariantSettings['to'] | 'pbtxt'): string[] {
  if (to === 'tfjs') return [out, join(out, 'model.json')]
  if (to !== 'c') return [out]
  const base = extname(out) === '' ? out : out.slice(0, -extname(out).length)
  return [out, `${base}.c`, `${base}.h`]
}

/**
 * Sees that a result can go where a person wants it, before the work begins.
 * @param sources the files and folders that it is made of, which it must not replace
 * @returns the whole path
 * @throws Failure `bad-input` for a folder in place of a file or the reverse, and for the model itself; `no-permission`
 */
export function destinationOf(
  out: string,
  to: VariantSettings['to'] | 'pbtxt',
  sources: readonly string[],
): string {
  const whole = resolve(out)
  const stat = statSync(whole, { throwIfNoEntry: false })
  if (to === 'tfjs' ? stat && !stat.isDirectory() : stat?.isDirectory() || /[\\/]$/.test(out))
    throw fail(
      'bad-input',
      to === 'tfjs'
        ? `${out} is a file, and a TensorFlow.js model is a folder.`
        : `${out} is a folder, and this is written as one file.`,
      to === 'tfjs' ? 'Give the name of a folder.' : 'Give the name of a file in it.',
    )
  for (const target of targetsOf(whole, to).filter(existsSync))
    for (const source of sources.filter(existsSync)) {
      const [real, held] = [realpathSync(target), realpathSync(source)]
      if (real === held || (real.startsWith(held + sep) && statSync(held).isDirectory()))
        throw fail(
          'bad-input',
          `Writing to ${out} would replace ${basename(source)}, which it is made of.`,
          'Choose another name.',
        )
    }
  let above = dirname(whole)
  while (!existsSync(above)) above = dirname(above)
  if (!statSync(above).isDirectory())
    throw fail('bad-input', `${above} is a file and not a folder.`, 'Choose another place.')
  accessSync(above, constants.W_OK)
  return whole
}
