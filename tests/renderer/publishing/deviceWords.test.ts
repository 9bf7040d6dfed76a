import { describe, expect, test } from 'vitest'
import {
  agreement,
  deviceRows,
  differs,
  eventKind,
  healthOf,
  reachedBy,
} from '../../../renderer/rooms/publishing/deviceWords.ts'
import { device, deviceModel } from './devices.ts'

const row = (d = device(), m = d.models[0] ?? null) => ({ key: 'x', device: d, model: m })

describe('a device in words', () => {
  test('silence outranks what the model said last', () => {
    expect(healthOf(row(device({ health: 'offline', models: [deviceModel({ state: 'failed' })] })))).toEqual({
      kind: 'offline',
      word: 'Offline',
    })
  })
  test('each state of a model has its shape and word', () => {
    const word = (state: Parameters<typeof deviceModel>[0]) =>
      healthOf(row(device({ models: [deviceModel(state)] })))
    expect(word({ state: 'serving' })).toEqual({ kind: 'good', word: 'Healthy' })
    expect(word({ state: 'fetching', wanted: 3 })).toEqual({ kind: 'running', word: 'Fetching v3' })
    expect(word({ state: 'refused', wanted: 3 })).toEqual({ kind: 'bad', word: 'Refused v3' })
    expect(word({ state: 'rolled-back' }).kind).toBe('warn')
    expect(word({ state: 'waiting', wanted: null }).word).toBe('Waiting')
    expect(healthOf(row(device({ models: [] }), null)).word).toBe('No model yet')
  })
  test('a device that runs something else than wanted differs; one nobody wants anything of does not', () => {
    expect(differs(deviceModel({ wanted: 2, reports: 1 }))).toBe(true)
    expect(differs(deviceModel({ wanted: 2, reports: 2 }))).toBe(false)
    expect(differs(deviceModel({ wanted: null, reports: 1 }))).toBe(false)
    expect(agreement([device({ models: [deviceModel(), deviceModel({ model: 'b', reports: 1 })] })])).toBe(
      '1 of 2 report what is wanted',
    )
  })
  test('a device with two models has two lines, one without models has one', () => {
    const devices = [
      device({ models: [deviceModel(), deviceModel({ model: 'b' })] }),
      device({ id: 'd2', models: [] }),
    ]
    expect(deviceRows(devices).map(r => r.model?.model ?? null)).toEqual(['strikes', 'b', null])
  })
  test('where its releases come from, and trouble marked as trouble', () => {
    expect(reachedBy(device({ repository: 'https://x.example' }))).toBe('Network')
    expect(reachedBy(device({ ours: false, repository: '/media/stick' }))).toBe('Folder')
    expect(eventKind('Refused v3')).toBe('bad')
    expect(eventKind('v2 switched in, v1 kept')).toBe('good')
    expect(eventKind('Rolled back to v1')).toBe('warn')
  })
})
