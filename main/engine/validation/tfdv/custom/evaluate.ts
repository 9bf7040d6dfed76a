import { Constant, fieldOf, Part, type Value } from './fields.ts'
import { functions } from './functions.ts'
import { add, combine, compare, divide, isEqual, like, negative } from './operators.ts'
import { type Expression, parse } from './parse.ts'
import { noAnswer, notUnderstood } from './trouble.ts'

/**
 * Whether a condition over statistics holds, in SQL as TensorFlow Data Validation reads it: fields of the statistics by
 * the names of the proto, null for messages that are not there, three-valued logic.
 * @throws Failure for what is not understood, and where the answer is neither true nor false
 */
export function holds(expression: string, names: Readonly<Record<string, Part>>): boolean {
  const result = evaluate(parse(expression))
  if (typeof result === 'boolean') return result
  const isNull = result === null || (result instanceof Part && result.message === null)
  throw noAnswer(expression, isNull ? 'it is null' : 'it is neither true nor false')

  function evaluate(node: Expression): Value {
    switch (node.kind) {
      case 'literal':
        return node.value
      case 'name': {
        const part = names[node.name.toLowerCase()]
        if (!part) throw notUnderstood(expression, `the name “${node.name}”`)
        return part
      }
      case 'field':
        return field(evaluate(node.of), node.name)
      case 'element':
        return element(evaluate(node.of), node.by, evaluate(node.index))
      case 'array':
        return node.items.map(evaluate)
      case 'in':
        return isIn(evaluate(node.of), evaluate(node.list))
      case 'cast':
        return cast(evaluate(node.of), node.to)
      case 'case':
        return choose(node)
      case 'call':
        return call(node.name, node.arguments)
    }
  }

  function field(of: Value, name: string): Value {
    if (of === null) return null
    const found = of instanceof Part ? fieldOf(of, name) : undefined
    if (found === undefined) throw notUnderstood(expression, `the field “${name}”`)
    return found
  }

  function element(of: Value, by: string, index: Value): Value {
    if (of === null || index === null) return null
    if (!Array.isArray(of) || typeof index !== 'bigint') throw notUnderstood(expression, by)
    const found = of[Number(by.endsWith('ORDINAL') ? index - 1n : index)]
    if (found === undefined && !by.startsWith('SAFE_'))
      throw noAnswer(expression, `there is no element ${index} in a list of ${of.length}`)
    return found ?? null
  }

  function isIn(of: Value, list: Value): Value {
    if (!Array.isArray(list)) throw notUnderstood(expression, 'IN')
    const answers = list.map(item => answer(isEqual(of, item), '='))
    return answers.reduce<Value>((all, one) => combine('OR', all, one), false)
  }

  function cast(value: Value, to: string): Value {
    if (value === null) return null
    if (to === 'STRING') return value instanceof Constant ? value.name : String(value)
    const number = value instanceof Constant ? value.number : Number(value)
    if (Number.isNaN(number) && typeof value === 'string')
      throw noAnswer(expression, `“${value}” is no number`)
    if (to === 'DOUBLE' || to === 'FLOAT64') return number
    if (to === 'INT64' || to === 'UINT64')
      return typeof value === 'bigint' ? value : BigInt(Math.sign(number) * Math.round(Math.abs(number)))
    throw notUnderstood(expression, `the type ${to}`)
  }

  function choose({ of, when, otherwise }: Extract<Expression, { kind: 'case' }>): Value {
    const subject = of && evaluate(of)
    for (const [condition, value] of when) {
      const is = evaluate(condition)
      if (of ? answer(isEqual(subject, is), 'CASE') === true : is === true) return evaluate(value)
    }
    return otherwise && evaluate(otherwise)
  }

  function call(name: string, nodes: Expression[]): Value {
    const [first, second] = nodes
    if (name === 'IF' && first && second)
      return evaluate(first) === true ? evaluate(second) : evaluate(nodes[2] ?? NULL)
    if ((name === 'AND' || name === 'OR') && first && second) {
      const left = truth(evaluate(first), name)
      if (left === (name === 'OR')) return left
      return combine(name, left, truth(evaluate(second), name))
    }
    const values = nodes
      .map(evaluate)
      .map(value => (value instanceof Part && value.message === null ? null : value))
    const operator = operators[name] ?? functions[name]
    if (!operator) throw notUnderstood(expression, name)
    if (name === '/' && Number(values[1] ?? 1) === 0) throw noAnswer(expression, 'it divides by zero')
    return answer(operator(...values), name)
  }

  function truth(value: Value, name: string): boolean | null {
    if (value === null || typeof value === 'boolean') return value
    throw notUnderstood(expression, `${name} of what is neither true nor false`)
  }

  function answer(value: Value | undefined, name: string): Value {
    if (value === undefined) throw notUnderstood(expression, `${name} of these`)
    return value
  }
}

const NULL: Expression = { kind: 'literal', value: null }

type Operator = (...values: Value[]) => Value | undefined

const compared =
  (isTrue: (order: number) => boolean): Operator =>
  (a = null, b = null) => {
    const order = compare(a, b)
    return typeof order === 'number' ? isTrue(order) : order
  }

const operators: Record<string, Operator> = {
  '=': (a = null, b = null) => isEqual(a, b),
  '!=': (a = null, b = null) => {
    const is = isEqual(a, b)
    return typeof is === 'boolean' ? !is : is
  },
  '<': compared(order => order < 0),
  '<=': compared(order => order <= 0),
  '>': compared(order => order > 0),
  '>=': compared(order => order >= 0),
  NOT: (a = null) => (typeof a === 'boolean' ? !a : a === null ? null : undefined),
  'IS NULL': (a = null) => a === null,
  'IS TRUE': (a = null) => a === true,
  'IS FALSE': (a = null) => a === false,
  LIKE: like,
  NEGATIVE: negative,
  '+': (a = null, b = null) => add(a, b, 1),
  '-': (a = null, b = null) => add(a, b, -1),
  '*': (a = null, b = null) => {
    if (a === null || b === null) return null
    if (typeof a === 'bigint' && typeof b === 'bigint') return a * b
    return isNumber(a) && isNumber(b) ? Number(a) * Number(b) : undefined
  },
  '/': divide,
  '||': (a = null, b = null) => {
    if (a === null || b === null) return null
    return typeof a === 'string' && typeof b === 'string' ? a + b : undefined
  },
}

const isNumber = (value: Value): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint'
