/**
 * A device whose hyperbolic tangent ends the process with a segmentation fault at the n-th row, as a kernel with a wild
 * pointer would: `<n> <repository> <state>`.
 */
import { startAgent } from '../../main/agent/index.ts'
import { openTensor } from '../../main/engine/tensor/index.ts'

const [at, repository = '', state = ''] = process.argv.slice(2)
const agent = await startAgent({ repository, state, port: 0, pollSeconds: 0.1, trial: { starts: 1 } })
const { tf } = await openTensor()
const tanh = tf.getKernel('Tanh', tf.getBackend())
tf.unregisterKernel('Tanh', tf.getBackend())
let rows = 0
tf.registerKernel({
  ...tanh,
  kernelFunc(args) {
    const { x } = args.inputs as unknown as { x: { shape: number[] } }
    rows += x.shape[0] ?? 1
    if (rows >= Number(at)) process.kill(process.pid, 'SIGSEGV')
    return tanh.kernelFunc(args)
  },
})
process.stdout.write(`${agent.address}\n`)
