/** Protocol buffers as text, for messages of any kind. */
export { floatLiteral, shortestFloat, stringLiteral } from './literals.ts'
export { fromText, type Told } from './parse.ts'
export { toText } from './print.ts'
export { plain } from './words.ts'
