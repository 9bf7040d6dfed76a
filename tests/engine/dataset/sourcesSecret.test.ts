import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openJobs } from '../../../main/engine/jobs/index.ts'
import { openLineage } from '../../../main/engine/lineage/index.ts'
import { openStore } from '../../../main/engine/store/index.ts'

test('a job shows the address of a database without its password, and its work gets it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'edgewright-test-'))
  const store = openStore(folder)
  const jobs = openJobs(store, openLineage(store))
  try {
    const file = 'postgres://me:s%2Fecret@host:5432/db'
    const given: unknown[] = []
    jobs.offer('test', 'work', {
      title: () => 'test',
      cancel: '',
      run: async input => given.push(input),
    })
    const { id } = jobs.start('test', 'work', { file })
    const job = await jobs.ended(id)
    expect(given).toEqual([{ file }])
    expect(job.input).toEqual({ file: 'postgres://***@host:5432/db' })
    const signed = jobs.start('test', 'work', {
      file: 'https://host/a@b.csv?page=2&X-Amz-Signature=abc&key=d#x',
      name: 'one?key=two',
    })
    expect((await jobs.ended(signed.id)).input).toEqual({
      file: 'https://host/a@b.csv?page=2&X-Amz-Signature=***&key=***#x',
      name: 'one?key=two',
    })
  } finally {
    await jobs.close()
    store.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
