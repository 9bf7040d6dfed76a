/**
 * Who may import whom. A place is a folder (ending with `/`) or a file; the longest place that holds a file decides
 * for it. What is not listed here may not be imported. Packages are named as in package.json; `node:` stands for
 * Node's own modules.
 */

/** Rooms in the order data flows: a room may use the doors of those before it. */
export const ROOMS = [
  'dataset',
  'statistics',
  'validation',
  'transform',
  'training',
  'evaluation',
  'optimization',
  'registry',
  'publishing',
  'feedback',
]

/** Helpers know no room; each may use the doors of those named with it. */
export const HELPERS: Record<string, string[]> = {
  kit: [],
  store: ['kit'],
  lineage: ['kit', 'store'],
  jobs: ['kit', 'store', 'lineage'],
  tensor: ['kit'],
  protobuf: ['kit'],
  graph: ['kit', 'tensor', 'protobuf'],
  encoding: ['kit'],
  trust: ['kit'],
  release: ['kit', 'trust'],
  metadata: ['kit', 'protobuf'],
  litert: ['kit', 'graph'],
}

export interface Rule {
  /** Places whose files may be imported; inside its own place a file may import anything. */
  may: string[]
  packages: string[]
}

const engine = (name: string) => `main/engine/${name}/index.ts`
const CONTRACT = 'preload/contract/'

/** Packages by room; a library is used where its job is and nowhere else. */
const PACKAGES: Record<string, string[]> = {
  kit: ['node:'],
  store: ['node:', 'better-sqlite3'],
  lineage: ['node:'],
  jobs: ['node:', '@orpc/server', 'better-sqlite3'],
  tensor: ['node:', '@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'],
  protobuf: ['@bufbuild/protobuf'],
  graph: ['node:', '@bufbuild/protobuf', '@tensorflow/tfjs', 'flatbuffers', 'h5wasm', 'snappyjs'],
  encoding: [],
  trust: ['node:', 'zod', 'tuf-js', '@tufjs/models', 'age-encryption', '@noble/ciphers'],
  release: ['node:', 'zod', 'age-encryption', 'tar-stream'],
  metadata: ['node:', '@bufbuild/protobuf'],
  litert: ['node:'],
  dataset: [
    'node:',
    '@bufbuild/protobuf',
    '@duckdb/node-api',
    'apache-arrow',
    'flatbuffers',
    'better-sqlite3',
    'lz4js',
    'pg',
    'pg-cursor',
    'read-excel-file',
    'sharp',
  ],
  statistics: ['node:'],
  validation: ['node:'],
  transform: ['node:'],
  training: [
    'node:',
    '@bufbuild/protobuf',
    '@hono/node-server',
    '@tensorflow/tfjs',
    '@tensorflow/tfjs-backend-webgpu',
    'dockerode',
    'fflate',
    'hono',
    'ssh2',
    'tar-stream',
    'ws',
  ],
  evaluation: ['node:'],
  optimization: ['node:', 'fflate'],
  registry: ['node:', 'better-sqlite3'],
  feedback: ['node:'],
  publishing: ['node:', 'hono', '@hono/node-server', 'zod', 'bonjour-service', 'better-sqlite3'],
}

export const RULES: Record<string, Rule> = {
  [CONTRACT]: { may: [], packages: ['zod', '@orpc/contract'] },
  'preload/': { may: [], packages: ['electron'] },
  'main/app/': { may: [CONTRACT, 'main/shell/'], packages: ['node:', 'electron'] },
  'main/index.ts': {
    may: ['main/app/', 'main/shell/', 'main/engine/home.ts'],
    packages: ['node:', 'electron'],
  },
  'main/transport/': {
    may: [CONTRACT, engine('kit')],
    packages: ['node:', 'ws', '@orpc/client', '@orpc/server'],
  },
  'main/cli/': {
    may: [
      CONTRACT,
      engine('kit'),
      'main/host.ts',
      'main/engine/places.ts',
      'main/shell/settings.ts',
      'main/transport/index.ts',
    ],
    packages: ['node:', 'commander', 'zod'],
  },
  'main/shell/': {
    may: [CONTRACT, engine('kit'), 'main/build.ts', 'main/engine/home.ts', 'main/transport/index.ts'],
    packages: ['node:', 'ws'],
  },
  'main/host.ts': {
    may: [
      CONTRACT,
      'main/engine/house.ts',
      'main/engine/places.ts',
      'main/shell/settings.ts',
      'main/transport/index.ts',
    ],
    packages: ['node:', '@orpc/server'],
  },
  'main/engine/home.ts': { may: [], packages: ['node:', 'env-paths'] },
  'main/engine/places.ts': { may: ['main/engine/home.ts', 'main/engine/house.ts'], packages: ['node:'] },
  'main/headless.ts': {
    may: [
      'main/agent/main.ts',
      'main/cli/index.ts',
      'main/shell/command.ts',
      'main/shell/stand.ts',
      'main/demo/index.ts',
    ],
    packages: ['node:'],
  },
  'main/demo/': {
    may: [CONTRACT, engine('kit'), 'main/cli/index.ts', 'main/host.ts', 'main/transport/index.ts'],
    packages: ['node:'],
  },
  'main/start.ts': { may: ['main/build.ts', 'main/shell/'], packages: ['node:'] },
  'main/build.ts': {
    may: [],
    packages: ['node:', 'esbuild', 'vite', '@vitejs/plugin-vue', '@tailwindcss/vite'],
  },
  'main/engine/process.ts': {
    may: [CONTRACT, engine('kit'), 'main/host.ts', 'main/shell/', 'main/transport/index.ts'],
    packages: ['node:'],
  },
  'main/engine/house.ts': {
    may: [CONTRACT, ...Object.keys(HELPERS).map(engine), ...ROOMS.map(engine)],
    packages: ['node:', '@orpc/server'],
  },
  ...Object.fromEntries(
    Object.entries(HELPERS).map(([name, may]) => [
      `main/engine/${name}/`,
      { may: [CONTRACT, ...may.map(engine)], packages: PACKAGES[name] ?? [] },
    ]),
  ),
  ...Object.fromEntries(
    ROOMS.map((name, i) => [
      `main/engine/${name}/`,
      {
        may: [CONTRACT, ...Object.keys(HELPERS).map(engine), ...ROOMS.slice(0, i).map(engine)],
        packages: PACKAGES[name] ?? [],
      },
    ]),
  ),
  'main/agent/': {
    may: [CONTRACT, ...['kit', 'tensor', 'graph', 'litert', 'encoding', 'trust', 'release'].map(engine)],
    packages: ['node:', '@jsquash/jpeg', 'commander', 'hono', '@hono/node-server', 'zod', '@tensorflow/tfjs'],
  },
  'renderer/engine/': { may: [CONTRACT], packages: ['vue', 'pinia', '@orpc/client', 'zod'] },
  'renderer/ui/': {
    may: [],
    packages: ['vue', 'reka-ui', '@lucide/vue', '@tanstack/vue-virtual'],
  },
  'renderer/charts/': {
    may: ['renderer/ui/'],
    packages: ['vue', 'echarts', 'vue-echarts', '@lucide/vue'],
  },
  'renderer/app/': {
    may: [CONTRACT, 'renderer/engine/', 'renderer/ui/', 'renderer/charts/', 'renderer/rooms/'],
    packages: [
      'vue',
      'vue-router',
      'pinia',
      '@lucide/vue',
      'reka-ui',
      '@fontsource-variable/ibm-plex-sans',
      '@fontsource/ibm-plex-mono',
      'tailwindcss',
    ],
  },
  'renderer/rooms/': {
    may: [CONTRACT, 'renderer/engine/', 'renderer/ui/', 'renderer/charts/', 'renderer/app/'],
    packages: ['vue', 'vue-router', 'pinia', '@lucide/vue'],
  },
  'renderer/gpu/': { may: [CONTRACT, 'renderer/engine/'], packages: [] },
  'renderer/main.ts': {
    may: ['renderer/app/', 'renderer/engine/', 'renderer/gpu/'],
    packages: ['vue', 'pinia', 'vue-router'],
  },
}
