import { createReadStream } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { WebSocketServer } from 'ws'
import { buildWindow } from '../../../../main/build.ts'
import type { webgpuTarget } from '../../../../main/engine/training/targets/webgpu.ts'
import { pageFile } from '../../../../main/shell/pages.ts'
import { securityHeaders } from '../../../../main/shell/policy.ts'
import { serveOverWebSocket } from '../../../../main/transport/index.ts'
import { doorsOf } from '../../../contract/doors.ts'
import { openTestHouse, temporaryFolder } from '../../../contract/house.ts'
import { root } from '../../../e2e/runtime.ts'

/** Words for a Chromium on a machine without a GPU: WebGPU on the processor. */
export const SOFTWARE_GPU = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
]

/** The page that lends the GPU, in a real browser, before a target in this process. */
export async function openGpuPage(target: ReturnType<typeof webgpuTarget>, executablePath: string) {
  await buildWindow()
  const folder = temporaryFolder()
  const house = openTestHouse(join(folder.path, 'w'), () => doorsOf({ training: target.door }))
  const server = createServer((request, response) => {
    const file = pageFile(join(root, 'dist', 'renderer'), request.url ?? '/')
    if (!file) return void response.writeHead(404).end()
    response.writeHead(200, {
      ...securityHeaders([`ws://${request.headers.host}`]),
      'content-type': file.type,
    })
    createReadStream(file.path).pipe(response)
  })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', one => serveOverWebSocket(house.router, one))
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const browser: Browser = await chromium.launch({ executablePath, args: SOFTWARE_GPU })
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on('console', message => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(String(error)))
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/gpu.html`)
  return {
    complaints,
    async close() {
      await browser.close()
      for (const one of sockets.clients) one.terminate()
      server.close()
      await house.close()
      folder.remove()
    },
  }
}
