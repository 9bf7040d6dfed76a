import type { FoundRequest, TakenBatch } from '#contract'
import type { Doors } from '../../jobs/index.ts'
import { fail } from '../../kit/index.ts'
import { readRequest, requestFiles } from '../fleet/request.ts'
import type { Desk } from '../sites/desk.ts'
import { batchFiles } from './files.ts'
import type { gapsOf } from './gaps.ts'
import type { KnownDevices } from './knownDevices.ts'
import type { openReceipts } from './receipts.ts'
import type { openTaking } from './take.ts'

/** Taking in what came on sticks: batches of devices, and requests of those that want to be approved. */
export function openReceiving({
  desk,
  taking,
  receipts,
  nameOf,
  gaps,
}: {
  desk: Desk
  taking: ReturnType<typeof openTaking>
  receipts: ReturnType<typeof openReceipts>
  nameOf: KnownDevices['nameOf']
  gaps(device: string): readonly ReturnType<typeof gapsOf>[number][]
}): Doors['publishing']['receive'] {
  /** Devices that ask to be approved, by their files on a stick; what is no good request is left out. */
  function requestsIn(folder: string): FoundRequest[] {
    const enrolled = new Set(desk.known().flatMap(({ plan }) => plan?.devices.map(({ id }) => id) ?? []))
    return requestFiles(folder).flatMap(path => {
      try {
        const { report, code } = readRequest(path)
        const { id: device, name, site = null } = report
        return [{ file: path, device, name, code, site, approved: enrolled.has(device) }]
      } catch {
        return []
      }
    })
  }

  return async ({ file }, job) => {
    // Work of an earlier day that is done again may have been given one alone.
    const given = [...new Set([file].flat())]
    const asking = given.flatMap(requestsIn)
    for (const { name, code, file, approved } of asking)
      if (!approved) job.log(`${name} asks to be approved: it should show ${code}. Its file is ${file}.`)
    // Of several, one that holds nothing is no trouble as long as another does.
    const all = given.flatMap(each => batchFiles(each, asking.length > 0 || given.length > 1))
    const files = all.length > 0 ? all : batchFiles(given[0] as string, asking.length > 0)
    const batches: TakenBatch[] = []
    for (const [i, each] of files.entries()) {
      job.signal.throwIfAborted()
      job.progress(i / files.length, `taking in ${each.file}`)
      const taken = await taking.takeFile(each.path, each.file)
      batches.push(taken)
      if (taken.refused) job.log(taken.refused.message, 'warning')
    }
    const [first] = batches
    // Of a device that asks to be approved it is no surprise; who reads the stick hears of its request.
    if (first?.refused && batches.length === 1 && asking.every(({ approved }) => approved)) {
      const { code, message, remedy } = first.refused
      throw fail(code, message, remedy)
    }
    job.progress(null, 'signing receipts')
    const devices = new Set(batches.flatMap(({ device, refused }) => (device && !refused ? [device] : [])))
    const signed = await receipts.settle(devices)
    const sum = (of: (each: (typeof batches)[number]) => number) =>
      batches.reduce((all, each) => all + of(each), 0)
    const result = {
      batches,
      newRecords: sum(each => each.newRecords),
      newSamples: sum(each => each.newSamples),
      whole: batches.every(({ refused }) => refused === null),
      receipts: signed,
      requests: asking,
    }
    job.log(
      `${batches.length} files, ${result.newRecords} new records and ${result.newSamples} new samples of ${devices.size} devices.`,
    )
    for (const device of devices)
      for (const gap of gaps(device))
        if (gap.why === 'missing')
          job.log(
            `${nameOf(device)}: records ${gap.after + 1} to ${gap.before - 1} did not arrive yet.`,
            'warning',
          )
    return result
  }
}
