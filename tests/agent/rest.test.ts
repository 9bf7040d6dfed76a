import { describe, expect, test } from 'vitest'
import { encodeInstances } from '../../main/engine/encoding/index.ts'
import { agentHere, MODEL } from './agentHere.ts'
import { publishTiny } from './publishHere.ts'
import { folder, instance, label, numberLabel, tinyGraph, transform, until } from './tinyModel.ts'

async function device() {
  const repository = folder()
  await publishTiny(repository, { version: 1 })
  const here = await agentHere(repository)
  await here.serves(1)
  return here
}

/** The tiny model by hand: softmax(x W + b). */
function byHand(version: number, weight: number | null, color: string | null): number[] {
  const x = [weight === null ? 0 : (weight - 10) / 2, Number(color === 'red'), Number(color === 'green')]
  const sums = [0, 1, 2].map(
    out =>
      x.reduce((sum, value, i) => sum + value * 0.1 * (i * 3 + out - 4), 0) + (out === version % 3 ? 4 : 0),
  )
  const all = sums.reduce((sum, value) => sum + Math.exp(value), 0)
  return sums.map(value => Math.exp(value) / all)
}

describe('predictions in the form of TensorFlow Serving', () => {
  test('instances by feature name, as lists, and as columns give the same figures', async () => {
    const here = await device()
    const rows = [
      { weight: 11, color: 'red' },
      { weight: 7.5, color: 'green' },
      { weight: null, color: null },
    ]
    const wanted = rows.map(({ weight, color }) => byHand(1, weight, color))
    const close = (scores: number[], i: number) => {
      for (const [j, score] of scores.entries()) expect(score).toBeCloseTo(wanted[i]?.[j] as number, 5)
    }
    const { status, body } = await here.predict({ instances: rows })
    expect(status).toBe(200)
    const predictions = body.predictions as { class: string; scores: Record<string, number> }[]
    expect(predictions).toHaveLength(3)
    predictions.forEach((answer, i) => {
      expect(answer.class).toBe('nut')
      expect(Object.keys(answer.scores)).toEqual(label.classes)
      close(Object.values(answer.scores), i)
    })
    const lists = await here.predict({
      instances: rows.map(({ weight, color }) => [weight, color]),
      signature_name: 'scores',
    })
    ;(lists.body.predictions as number[][]).forEach(close)
    const asked = await here.predict({ instances: rows }, ':predict?signature=scores')
    expect(asked.body).toEqual(lists.body)

    const columns = { weight: rows.map(row => row.weight), color: rows.map(row => row.color) }
    const plain = await here.predict({ inputs: columns, signature_name: 'scores' })
    ;(plain.body.outputs as number[][]).forEach(close)
    const named = (await here.predict({ inputs: columns })).body.outputs as {
      class: string[]
      scores: Record<string, number[]>
    }
    expect(named.class).toEqual(['nut', 'nut', 'nut'])
    expect(named.scores.bolt?.[1]).toBeCloseTo(wanted[1]?.[0] as number, 5)
    const single = await here.predict({ inputs: { weight: 11, color: 'red' } })
    expect((single.body.outputs as { class: string[] }).class).toEqual(['nut'])
    // Values of shape [1], as clients of TensorFlow Serving send them, and a column that was left out in training.
    const shaped = await here.predict({ instances: [{ weight: [11], color: ['red'], note: 'x' }] })
    expect(shaped.body).toEqual((await here.predict()).body)
  })

  test('the encoding on the device is bit for bit the one of training', () => {
    const rows = [
      { weight: 0.1 + 0.2, color: 'red' },
      { weight: 1e9, color: 'blue' },
    ]
    expect(encodeInstances(transform, JSON.parse(JSON.stringify(rows)))).toEqual(
      encodeInstances(transform, rows),
    )
  })

  test('a regression answers with numbers', async () => {
    const repository = folder()
    await publishTiny(repository, { version: 1, label: numberLabel, graph: tinyGraph({ outputs: 1 }) })
    const here = await agentHere(repository)
    await until(
      () => here.model(),
      model => model?.state === 'serving',
    )
    const { body } = await here.predict({ instances: [{ weight: 12, color: 'green' }] })
    // x = [1, 0, 1], w = [-0.4, -0.3, -0.2], b = 4, scaled back by 2 and 5.
    expect((body.predictions as number[])[0]).toBeCloseTo((4 - 0.4 - 0.2) * 2 + 5, 4)
  })

  test('many instances go through at once, in order', async () => {
    const here = await device()
    const rows = Array.from({ length: 5000 }, (_, i) => ({ weight: i, color: 'red' }))
    const { body } = await here.predict({ instances: rows, signature_name: 'scores' })
    const scores = body.predictions as number[][]
    expect(scores).toHaveLength(5000)
    for (const i of [0, 1023, 1024, 4999])
      expect(scores[i]?.[0]).toBeCloseTo(byHand(1, i, 'red')[0] as number, 5)
    expect((await here.model())?.predictions).toBe(5001)
  })
})

test('model status and metadata', async () => {
  const repository = folder()
  await publishTiny(repository, { version: 1 })
  const here = await agentHere(repository)
  await here.serves(1)
  const ok = { error_code: 'OK', error_message: '' }
  expect((await here.get(here.models)).body).toEqual({
    model_version_status: [{ version: '1', state: 'AVAILABLE', status: ok }],
  })
  await publishTiny(repository, { version: 2 })
  await here.serves(2)
  expect((await here.get(here.models)).body).toEqual({
    model_version_status: [
      { version: '2', state: 'AVAILABLE', status: ok },
      { version: '1', state: 'AVAILABLE', status: ok },
    ],
  })
  expect((await here.get(`${here.models}/versions/1`)).body).toEqual({
    model_version_status: [{ version: '1', state: 'AVAILABLE', status: ok }],
  })
  expect((await here.get(`${here.models}/versions/9`)).status).toBe(404)
  const { body } = await here.get(`${here.models}/metadata`)
  expect(body).toMatchObject({
    model_spec: { name: MODEL, version: '2' },
    metadata: {
      signature_def: {
        signature_def: {
          serving_default: { inputs: { weight: { dtype: 'DT_FLOAT' }, color: { dtype: 'DT_STRING' } } },
        },
      },
      edgewright: { classes: label.classes, metrics: { accuracy: 0.9 } },
    },
  })
  expect((await here.get('/v1/models')).body).toEqual({ models: [MODEL] })
  // Labels stand for versions, as in TensorFlow Serving.
  const version = async (label: string) => {
    const { status, body } = await here.get(`${here.models}/labels/${label}`)
    return status === 200
      ? (body as { model_version_status: { version: string }[] }).model_version_status[0]?.version
      : status
  }
  expect(await Promise.all(['stable', 'previous', 'latest', 'Junior', 'senior'].map(version))).toEqual([
    '2',
    '1',
    '2',
    '2',
    '1',
  ])
  expect(await version('candidate')).toBe(404)
  const asked = await here.predict(undefined, '/labels/senior:predict')
  expect((asked.body.predictions as { class: string }[])[0]?.class).toBe('nut')
  expect((await here.predict(undefined, '/labels/nobody:predict')).body.error).toMatch(
    /no version with the label "nobody"/,
  )
  expect((await here.get('/v1/models/Nobody/labels/stable')).status).toBe(404)
})

describe('bad requests get one sentence', () => {
  const cases: [string, unknown, number, RegExp][] = [
    ['no JSON', '{"instances": [', 400, /not JSON/],
    ['nothing', '', 400, /empty/],
    ['bytes', '\u0000\u0001\ufffd', 400, /not JSON/],
    ['a list', [1, 2], 400, /not a JSON object/],
    ['null', 'null', 400, /not a JSON object/],
    ['neither', { rows: [] }, 400, /neither "instances" nor "inputs"/],
    ['both', { instances: [instance], inputs: {} }, 400, /both/],
    ['no instances', { instances: [] }, 400, /no instances/],
    ['no columns', { inputs: {} }, 400, /no instances/],
    ['instances that are no list', { instances: 'red' }, 400, /not a list/],
    ['an instance that is a number', { instances: [3] }, 400, /Instance 1 is not an object/],
    ['an instance that is null', { instances: [instance, null] }, 400, /Instance 2 is not an object/],
    [
      'an unknown feature',
      { instances: [{ ...instance, size: 1 }] },
      400,
      /"size", which the model does not know/,
    ],
    ['a missing feature', { instances: [{ weight: 1 }] }, 400, /lacks the feature "color"/],
    ['a text for a number', { instances: [{ weight: 'heavy', color: 'red' }] }, 400, /"?weight"?.*number/],
    ['an object for a number', { instances: [{ weight: {}, color: 'red' }] }, 400, /weight/],
    ['a number for a text', { instances: [{ weight: 1, color: 3 }] }, 400, /color/],
    ['a list too short', { instances: [[1]] }, 400, /1 values, and the model has 2 features/],
    [
      'columns of different length',
      { inputs: { weight: [1, 2], color: ['red'] } },
      400,
      /"color" has 1 values/,
    ],
    ['columns without a feature', { inputs: { weight: [1] } }, 400, /lacks the feature "color"/],
    [
      'an unknown signature',
      { instances: [instance], signature_name: 'regress' },
      400,
      /no signature "regress"/,
    ],
    ['a prototype', '{"instances":[{"__proto__":{"weight":1},"color":"red"}]}', 400, /__proto__/],
    ['too many', { instances: Array.from({ length: 10_001 }, () => [1, 'red']) }, 400, /at most 10000/],
    ['too long', `{"instances":["${'x'.repeat(33 << 20)}"]}`, 413, /longer than 32 MB/],
  ]

  test('whatever is sent, the answer says what is wrong, and the next request works', async () => {
    const here = await device()
    for (const [what, body, status, says] of cases) {
      const answer = await here.predict(body)
      expect([what, answer.status, answer.body.error]).toEqual([what, status, expect.stringMatching(says)])
      expect(answer.body.error).not.toMatch(/at \w+ \(|TypeError|undefined/)
    }
    const { errors } = (await here.model()) as { errors: number }
    // What was no question at all never came to the model.
    expect(errors).toBeGreaterThan(5)
    await here.serves(1)
  })

  test('addresses that are none', async () => {
    const here = await device()
    const post = (path: string) => here.post(path, { instances: [instance] })
    expect(await post('/v1/models/Nobody:predict')).toMatchObject({
      status: 404,
      body: { error: expect.stringContaining('no model "Nobody"') },
    })
    expect((await post(`${here.models}/versions/x:predict`)).status).toBe(400)
    expect((await post(`${here.models}/versions/99:predict`)).status).toBe(404)
    expect((await post(`${here.models}:classify`)).status).toBe(404)
    expect((await post(here.models)).status).toBe(404)
    expect((await post('/v1/models/%E0%A4%A:predict')).status).toBe(400)
    expect((await post('/v1/models/..%2f..%2fetc:predict')).status).toBe(404)
    expect((await here.get(`${here.models}:predict`)).status).toBe(405)
    expect((await here.get('/v1/models/Nobody')).status).toBe(404)
    expect((await here.get('/v2')).status).toBe(404)
    expect((await post('/v1/edgewright/rollback')).status).toBe(403)
  })
})
