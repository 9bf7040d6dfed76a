import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { saveCArray } from '../../../main/engine/graph/index.ts'
import { failureOf } from './build.ts'

const scratch = mkdtempSync(join(tmpdir(), 'c-array-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const model = Uint8Array.from({ length: 100_003 }, (_, i) => (i * 31 + (i >> 8)) & 255)

const there = (compiler: string) => {
  try {
    execFileSync(compiler, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe('a model as an array in C', () => {
  for (const [compiler, standard, extension] of [
    ['gcc', '-std=c11', 'c'],
    ['g++', '-std=c++11', 'cc'],
  ] as const)
    test(`is compiled by ${compiler} ${standard} to the bytes of the model${there(compiler) ? '' : ' (skipped: no compiler)'}`, {
      skip: !there(compiler),
      timeout: 60_000,
    }, async () => {
      const file = join(scratch, 'kws-v2.tflite')
      writeFileSync(file, model)
      const made = await saveCArray(file, join(scratch, `kws-v2.${extension}`))
      expect(made).toMatchObject({ name: 'kws_v2', header: join(scratch, 'kws-v2.h') })
      const main = `#include "kws-v2.h"\n#include <stdio.h>\n#include <stdint.h>\nint main(void) {\n  if ((uintptr_t)kws_v2 % 16) return 1;\n  return fwrite(kws_v2, 1, kws_v2_len, stdout) == kws_v2_len ? 0 : 2;\n}\n`
      writeFileSync(join(scratch, `main.${extension}`), main)
      const program = join(scratch, `program-${extension}`)
      const flags = [standard, '-Wall', '-Wextra', '-Werror', '-pedantic', '-o', program]
      execFileSync(compiler, [...flags, join(scratch, `main.${extension}`), made.source], { stdio: 'pipe' })
      expect(Buffer.compare(execFileSync(program, { maxBuffer: 2 ** 20 }), model)).toBe(0)
    })

  test('is called what it is asked to be, or by its file, and never by a word of the language', async () => {
    const called = async (out: string, name?: string) =>
      (await saveCArray(model.subarray(0, 9), join(scratch, out), { name })).name
    expect(await called('my model (int8).c')).toBe('my_model_int8')
    expect(await called('2nd.h')).toBe('model_2nd')
    expect(await called('static')).toBe('model_static')
    expect(await called('модель.c')).toBe('model')
    expect(await called('x.c', 'g_model')).toBe('g_model')
    for (const name of ['int', '1st', 'a-b', '', 'a; int b'])
      await expect(
        called('x.c', name).catch(error =>
          Promise.reject(
            failureOf(() => {
              throw error
            }),
          ),
        ),
      ).rejects.toMatchObject({ code: 'bad-input' })
    expect(readdirSync(scratch).filter(file => file.endsWith('.part'))).toEqual([])
  })

  test('of nothing is refused', async () => {
    await expect(saveCArray(new Uint8Array(), join(scratch, 'none.c'))).rejects.toThrow(/empty/)
    expect(readdirSync(scratch)).not.toContain('none.c')
    expect(readFileSync(join(scratch, 'x.c'), 'utf8')).toContain(
      'alignas(16) const unsigned char g_model[9] = {\n  0x00, 0x1f,',
    )
  })
})
