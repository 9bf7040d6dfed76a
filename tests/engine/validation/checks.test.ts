import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SchemaFeature } from '#contract'
import { openLineage } from '../../../main/engine/lineage/index.ts'
import { csv, failureOf, listening } from '../dataset/workspace.ts'
import { type CheckRooms, lineOf, openCheckRooms } from './room.ts'

let rooms: CheckRooms
beforeAll(() => {
  rooms = openCheckRooms()
})
afterAll(() => rooms.close())

/** 1,000 rows of weather, some of them changed. */
function weather(
  change: (row: string[], at: number) => string[] = row => row,
  header = ['day', 'sky', 'wind', 'rain', 'note'],
): string {
  const skies = ['clear', 'clouds', 'rain', 'snow']
  const day = (at: number) => new Date(Date.UTC(2020, 0, 1 + at)).toISOString().slice(0, 10)
  const rows = Array.from({ length: 1000 }, (_, at) =>
    change(
      [day(at), skies[at % 4] ?? '', String(at % 40), at % 5 ? (at / 8).toFixed(3) : '', `note ${at}`],
      at,
    ),
  )
  return csv([header, ...rows])
}
const feature = (features: SchemaFeature[], name: string) => features.find(other => other.name === name)

describe('a schema', () => {
  test('is inferred from what was seen', async () => {
    await rooms.import(rooms.file('weather.csv', weather()))
    const schema = await rooms.infer('weather')
    expect(schema).toMatchObject({ dataset: 'weather', number: 1, madeBy: expect.stringMatching(/^job-/) })
    const [day, sky, wind, rain, note] = schema.features
    expect(day).toEqual({
      name: 'day',
      type: 'date',
      required: true,
      minPresence: 1,
      domain: null,
      range: null,
    })
    expect(sky).toMatchObject({ type: 'text', domain: ['clear', 'clouds', 'rain', 'snow'] })
    expect(wind).toMatchObject({ type: 'integer', minPresence: 1 })
    expect(rain?.type).toBe('float')
    expect(rain?.minPresence).toBe(0)
    // Every note is new, so no list of them would hold.
    expect(note).toMatchObject({ type: 'text', domain: null })
  })

  test('is the same one when nothing changed, and the next one when edited', async () => {
    const before = await rooms.infer('weather')
    expect(before.number).toBe(1)
    const features = before.features.map(other =>
      other.name === 'wind' ? { ...other, range: { min: 0, max: 35 } } : other,
    )
    const edited = await rooms.validation.door.edit({ data: 'weather', features }, listening)
    expect(edited).toMatchObject({ dataset: 'weather', number: 2, features, madeBy: null })
    expect(edited.id).not.toBe(before.id)
    expect((await rooms.validation.door.show({ data: 'weather' }, listening)).schema).toEqual(edited)
  })

  test('that contradicts itself is refused', async () => {
    const { features } = await rooms.infer('weather')
    const [first] = features as [SchemaFeature]
    const twice = await failureOf(
      rooms.validation.door.edit({ data: 'weather', features: [first, first] }, listening),
    )
    expect(twice).toMatchObject({ code: 'bad-input', message: expect.stringContaining('twice') })
    const range = { ...first, range: { min: 3, max: 1 } }
    const upside = await failureOf(
      rooms.validation.door.edit({ data: 'weather', features: [range] }, listening),
    )
    expect(upside).toMatchObject({ code: 'bad-input', message: expect.stringContaining('above its end') })
  })

  test('leaves a text of more than a hundred values open', async () => {
    const rows = Array.from({ length: 900 }, (_, at) => [
      at < 800 ? `kind ${at % 10}` : `rare ${at}`,
      at % 900 === 7 ? 'once' : 'often',
    ])
    const { features } = await rooms.infer(rooms.file('rare.csv', csv([['many', 'one'], ...rows])))
    expect(feature(features, 'many')?.domain).toBeNull()
    expect(feature(features, 'one')?.domain).toEqual(['often', 'once'])
  })
})

describe('a check', () => {
  test('finds nothing in the data that the schema came from', async () => {
    await rooms.import(rooms.file('sound.csv', weather()))
    expect(await rooms.check('sound')).toMatchObject({
      verdict: 'good',
      anomalies: [],
      title: 'Check of sound v1',
    })
  })

  const cases: [string, string, string[], string[], RegExp][] = [
    [
      'a column that is missing',
      weather(([day = '', , ...rest]) => [day, ...rest], ['day', 'wind', 'rain', 'note']),
      ['error missing-column sky all 1000'],
      [],
      /in none of 1,000 rows/,
    ],
    [
      'a column that is only spelled otherwise',
      weather(row => row, ['day', 'Sky', 'wind', 'rain', 'note']),
      ['error missing-column sky all 1000', 'warning new-column Sky all 1000'],
      [],
      /There is a column "Sky"/,
    ],
    [
      'a new column',
      weather((row, at) => [...row, String(at % 3)], ['day', 'sky', 'wind', 'rain', 'note', 'moon']),
      ['warning new-column moon all 1000'],
      ['0', '1', '2'],
      /type integer with 1,000 values/,
    ],
    [
      'words among numbers',
      weather(([day = '', sky = '', wind = '', ...rest], at) => [
        day,
        sky,
        at % 100 ? wind : 'calm',
        ...rest,
      ]),
      ['error wrong-type wind all 10'],
      ['calm'],
      /10 of 1,000 values are text; the schema says integer/,
    ],
    [
      'fractions among integers',
      weather(([day = '', sky = '', wind = '', ...rest]) => [day, sky, `${wind}.5`, ...rest]),
      ['error wrong-type wind all 1000'],
      [],
      /are float; the schema says integer/,
    ],
    [
      'a few fractions among integers',
      weather(([day = '', sky = '', wind = '', ...rest], at) => [day, sky, at % 400 ? wind : '2.5', ...rest]),
      ['warning wrong-type wind all 3'],
      ['2.5'],
      /3 of 1,000 values are float; the schema says integer/,
    ],
    [
      'numbers instead of text',
      weather(([day = '', , ...rest]) => [day, '7', ...rest]),
      ['error wrong-type sky all 1000', 'warning constant sky all 1000'],
      ['7'],
      /are integer; the schema says text/,
    ],
    [
      'a few unexpected values',
      weather(([day = '', sky = '', ...rest], at) => [
        day,
        at === 5 || at === 9 ? 'O\'Hail "x"' : sky,
        ...rest,
      ]),
      ['warning out-of-domain sky all 2'],
      ['O\'Hail "x"'],
      /1 value in 2 of 1,000 rows that the schema does not know; it lists 4 values/,
    ],
    [
      'many unexpected values',
      weather(([day = '', sky = '', ...rest], at) => [day, at % 10 ? sky : `odd ${at % 30}`, ...rest]),
      ['error out-of-domain sky all 100'],
      ['odd 0', 'odd 10', 'odd 20'],
      /3 values in 100 of 1,000 rows/,
    ],
    [
      'too many missing values',
      weather(([day = '', sky = '', wind = '', rain = '', note = ''], at) => [
        day,
        sky,
        at % 4 ? wind : '',
        at % 2 ? rain : '',
        note,
      ]),
      ['error too-many-missing wind all 250', 'warning too-many-missing rain all 600'],
      [],
      /250 of 1,000 rows \(25 %\) have no value; the schema allows 0 %/,
    ],
    [
      'integers where floats are expected',
      weather(([day = '', sky = '', wind = '', rain = '', note = '']) => [day, sky, wind, rain && '3', note]),
      ['warning drift rain all 1000'],
      [],
      /Jensen-Shannon/,
    ],
  ]

  test.each(cases)('finds %s', async (what, content, lines, examples, detail) => {
    await rooms.infer(rooms.file('sound.csv', weather()))
    const validation = await rooms.check(rooms.file(`${what}.csv`, content), 'sound')
    expect(validation.anomalies.map(lineOf)).toEqual(lines)
    expect(validation.anomalies[0]?.detail ?? '').toMatch(detail)
    if (examples.length) expect(validation.anomalies[0]?.examples).toEqual(examples)
    const verdict = lines.some(line => line.startsWith('error')) ? 'blocked' : lines.length ? 'look' : 'good'
    expect(validation.verdict).toBe(verdict)
  })

  test('expects others of values that come only once', async () => {
    const people = (from: number) =>
      csv([['name', 'side'], ...Array.from({ length: 60 }, (_, at) => [`n${from + at}`, at % 2 ? 'a' : 'b'])])
    await rooms.import(rooms.file('people.csv', people(0)))
    await rooms.infer('people')
    const { anomalies, verdict } = await rooms.check(rooms.file('others.csv', people(60)), 'people')
    expect(anomalies.map(lineOf)).toEqual(['warning out-of-domain name all 60'])
    expect(anomalies[0]?.detail).toMatch(/^60 values .* 100 % of the values .* came only once/)
    expect(verdict).toBe('look')
  })

  test('finds what is out of range, dates too', async () => {
    const path = rooms.file('ranges.csv', weather())
    const { features } = await rooms.infer(path)
    const ranges: Record<string, SchemaFeature['range']> = {
      wind: { min: 1, max: 38 },
      rain: { min: null, max: 124.8 },
      day: { min: Date.parse('2020-01-03') / 1000, max: null },
    }
    const limited = features.map(other => ({ ...other, range: ranges[other.name] ?? null }))
    await rooms.validation.door.edit({ data: path, features: limited }, listening)
    const { anomalies } = await rooms.check(path)
    expect(anomalies.map(lineOf)).toEqual([
      'warning out-of-range day all 2',
      'error out-of-range wind all 50',
      'warning out-of-range rain all 1',
    ])
    expect(anomalies[0]?.examples).toEqual(['2020-01-01', '2020-01-02'])
    expect(anomalies[1]?.examples).toEqual(['0', '39'])
    expect(anomalies[2]?.examples).toEqual(['124.875'])
  })

  test('says in which split it is', async () => {
    const sound = await rooms.import(rooms.file('split.csv', weather()), { key: ['day'] })
    await rooms.infer(sound.id)
    const days = new Set<unknown>()
    for await (const { columns } of rooms.dataset.read(sound, { columns: ['day'], split: 'test' }))
      for (const day of columns[0] ?? []) days.add(day)
    // A row stays in the split of its day, so the change is in the test split alone.
    const foggy = weather(([day = '', sky = '', ...rest]) => [day, days.has(day) ? 'fog' : sky, ...rest])
    const next = await rooms.import(rooms.file('split.csv', foggy), { key: ['day'] })
    expect(next.splits).toEqual(sound.splits)
    const { anomalies } = await rooms.check(next.id)
    expect(anomalies.map(lineOf)).toEqual([`error out-of-domain sky test ${sound.splits.test}`])
  })
})

describe('a verdict', () => {
  test('changes when an anomaly is accepted with a reason, and comes back with the next check', async () => {
    await rooms.import(rooms.file('mine.csv', weather()))
    await rooms.infer('mine')
    const later = weather(([day = '', sky = '', wind = '', ...rest], at) => [
      day,
      at % 10 ? sky : 'fog',
      at % 100 ? wind : '',
      ...rest,
    ])
    const version = await rooms.import(rooms.file('mine.csv', later))
    expect(version.number).toBe(2)
    expect(rooms.validation.verdictOf(version.id)).toBeNull()
    const first = await rooms.check('mine')
    expect(first).toMatchObject({ verdict: 'blocked', version: version.id })
    expect(rooms.validation.verdictOf(version.id)).toEqual(first)
    const accept = (feature: string, kind: 'out-of-domain' | 'too-many-missing') =>
      rooms.validation.door.accept({ data: 'mine', feature, kind, reason: 'a new station' }, listening)
    const second = await accept('sky', 'out-of-domain')
    expect(second.verdict).toBe('look')
    expect(second.anomalies.find(({ feature }) => feature === 'sky')?.accepted).toMatchObject({
      reason: 'a new station',
    })
    const third = await accept('wind', 'too-many-missing')
    expect(third.verdict).toBe('good')
    expect((await rooms.validation.door.show({ data: 'mine' }, listening)).validation).toEqual(third)
    const missing = await failureOf(accept('wind', 'out-of-domain'))
    expect(missing).toMatchObject({ code: 'not-found', message: expect.stringContaining('"wind"') })
    expect((await rooms.check('mine')).verdict).toBe('blocked')
  })

  test('has the data and the schema as what made it', async () => {
    const { validation, schema } = await rooms.validation.door.show({ data: 'mine' }, listening)
    const parents = rooms.store.db
      .prepare(
        'SELECT DISTINCT a.kind FROM lineage l JOIN artifacts a ON a.id = l.parent WHERE l.child = ? ORDER BY a.kind',
      )
      .all(validation?.id)
    expect(parents).toEqual([{ kind: 'dataset-version' }, { kind: 'schema' }])
    expect(validation?.schema).toBe(schema?.id)
  })

  test('has an edited schema as what made it, which no job made', async () => {
    const { schema: before } = await rooms.validation.door.show({ data: 'mine' }, listening)
    const [first, ...others] = before?.features ?? []
    if (!first) throw new Error('there is no feature')
    const features = [{ ...first, minPresence: 0.25 }, ...others]
    const edited = await rooms.validation.door.edit({ data: 'mine', features }, listening)
    const { id } = await rooms.check('mine')
    const lineage = openLineage(rooms.store)
    const { schema } = await rooms.validation.door.show({ data: 'mine' }, listening)
    expect(schema?.id).toBe(edited.id)
    expect(lineage.get(edited.id)).toMatchObject({
      kind: 'schema',
      title: `Schema of mine v${edited.number}`,
      madeBy: null,
    })
    expect(lineage.parents(id).map(parent => parent.id)).toContain(edited.id)
    expect(lineage.children(edited.id).map(child => child.id)).toContain(id)
  })

  test('a schema of data that is not there is told', async () => {
    const failure = await failureOf(rooms.check('mine', 'nobody'))
    expect(failure).toMatchObject({ code: 'not-found', message: expect.stringContaining('nobody') })
  })
})

test('an edit is tried without being kept: the form as text, and the text as a form', async () => {
  const before = (await rooms.validation.door.show({ data: 'mine' }, listening)).schema
  if (!before) throw new Error('there is no schema')
  const draft = (edit: object) => rooms.validation.door.draft({ text: before.text, ...edit }, listening)
  const features = before.features.slice(1)
  const byForm = await draft({ features, rows: { min: 5, max: null } })
  expect(byForm.features).toEqual(features)
  expect(byForm.text).not.toContain(`name: "${before.features[0]?.name}"`)
  expect(await draft({ text: byForm.text })).toEqual(byForm)
  const byHand = `# as it is written\n${before.text}`
  expect(await draft({ text: byHand })).toMatchObject({ text: byHand, features: before.features })
  expect(await failureOf(draft({ text: 'feature {\n  nam: "x"\n}' }))).toMatchObject({
    message: expect.stringMatching(/line 2, column \d+/),
  })
  expect(await failureOf(draft({ text: before.text + before.text }))).toMatchObject({ code: 'bad-input' })
  expect((await rooms.validation.door.show({ data: 'mine' }, listening)).schema).toEqual(before)
})
