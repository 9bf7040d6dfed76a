import { fail } from '../../kit/index.ts'
import type { Arguments } from './arguments.ts'

/** One step of a transform string. */
export interface Transform {
  name: string
  args: Arguments
}

const NAME = /[A-Za-z0-9_]+/y
const PLAIN = /[A-Za-z0-9\-./_]+/y
// What stands between quotes; a backslash takes what follows it along.
const QUOTED = /(?:\\[\s\S]|[^"\\])*/y
const SPACE = /[ \t\n\v\f\r]*/y

/**
 * Reads a transform string in the grammar of TensorFlow's `transform_graph`
 * (`tensorflow/tools/graph_transforms/transform_graph.cc`): names apart by spaces, each with arguments in brackets,
 * `strip_unused_nodes(type=float, shape="1,299,299,3") fold_constants(ignore_errors=true)`. A value with other signs
 * than letters, digits and `-./_` stands in double quotes. A name that is repeated makes a list.
 *
 * @throws Failure `bad-input`, which says where, for a text that is none
 */
export function parseTransforms(source: string): Transform[] {
  let at = 0
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(source)?.[0]
    if (found !== undefined) at += found.length
    return found
  }
  const takeOne = (sign: string): boolean => {
    if (source[at] !== sign) return false
    at++
    return true
  }
  const expect = <T>(found: T | undefined, wanted: string): T => {
    if (found !== undefined) return found
    const rest = source.slice(at, at + 20)
    throw fail(
      'bad-input',
      `The transforms cannot be read: at character ${at + 1} there should be ${wanted}, but there is ${rest === '' ? 'nothing more' : `"${rest}"`}.`,
      'Write them like this: strip_unused_nodes(type=float, shape="1,299,299,3") fold_constants.',
    )
  }

  const transforms: Transform[] = []
  for (;;) {
    take(SPACE)
    if (at >= source.length) return transforms
    const name = expect(take(NAME), 'the name of a transform')
    const args: Record<string, string[]> = Object.create(null)
    transforms.push({ name, args })
    if (!takeOne('(')) continue
    for (;;) {
      if (takeOne(')')) break
      takeOne(',')
      take(SPACE)
      // `f(a=1, )`: what follows the last comma may be nothing.
      if (takeOne(')')) break
      const argument = expect(take(NAME), 'the name of an argument')
      expect(takeOne('=') || undefined, 'a =')
      let value: string
      if (takeOne('"')) {
        value = take(QUOTED) ?? ''
        expect(takeOne('"') || undefined, 'a closing quote')
      } else
        value = expect(take(PLAIN), 'a value')
        // biome-ignore lint/suspicious/noAssignInExpressions: the list is made where it is first needed
      ;(args[argument] ??= []).push(value)
      takeOne("'")
      take(SPACE)
    }
  }
}

/** The transform string that reads back as these transforms. */
export const formatTransforms = (transforms: Transform[]): string =>
  transforms
    .map(({ name, args }) => {
      const parts = Object.entries(args).flatMap(([argument, values]) =>
        values.map(value => `${argument}=${/^[A-Za-z0-9\-./_]+$/.test(value) ? value : `"${value}"`}`),
      )
      return parts.length > 0 ? `${name}(${parts.join(', ')})` : name
    })
    .join(' ')
