import { cruise, type ICruiseResult, type IModule } from 'dependency-cruiser'
import { beforeAll, expect, test } from 'vitest'
import { RULES, type Rule } from './floors.ts'

let modules: IModule[]

beforeAll(async () => {
  const { output } = await cruise(['main', 'preload', 'renderer'], {
    exclude: { path: '\\.(css|svg|png)$' },
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.vue', '.js', '.d.ts'],
    },
  })
  modules = (output as ICruiseResult).modules.filter(module =>
    /^(main|preload|renderer)\//.test(module.source),
  )
}, 120_000)

const placeOf = (file: string): string | undefined =>
  Object.keys(RULES)
    .filter(place => (place.endsWith('/') ? file.startsWith(place) : file === place))
    .sort((a, b) => b.length - a.length)[0]

/** `@orpc/server/ws` and `node_modules/@orpc/server/dist/x.mjs` are both of `@orpc/server`. */
function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return 'node:'
  const [scope, name] = specifier.split('/') as [string, string]
  return scope.startsWith('@') ? `${scope}/${name}` : scope
}

const isAllowed = (rule: Rule, target: string) =>
  rule.may.some(place => (place.endsWith('/') ? target.startsWith(place) : target === place))

test('every file was read, with its imports', () => {
  expect(modules.length).toBeGreaterThan(100)
  expect(modules.flatMap(module => module.dependencies).length).toBeGreaterThan(300)
  // A reader that cannot parse TypeScript or Vue would find no imports and so no fault.
  expect(modules.some(module => module.source.endsWith('.vue') && module.dependencies.length > 3)).toBe(true)
})

test('every file has a place on the plan', () => {
  expect(modules.map(module => module.source).filter(file => !placeOf(file))).toEqual([])
})

test('imports go one way, by doors', () => {
  const wrong: string[] = []
  for (const { source, dependencies } of modules) {
    const place = placeOf(source)
    if (!place) continue
    const rule = RULES[place] as Rule
    for (const { module, resolved, coreModule, couldNotResolve } of dependencies) {
      const own = /^(main|preload|renderer)\//.test(resolved)
      if (own) {
        if (!resolved.startsWith(place) && !isAllowed(rule, resolved))
          wrong.push(`${source} imports ${resolved}`)
      } else if (coreModule || module.startsWith('node:')) {
        if (!rule.packages.includes('node:')) wrong.push(`${source} imports ${module}`)
      } else if (module.startsWith('.') || module.startsWith('#')) {
        if (couldNotResolve) wrong.push(`${source} imports ${module}, which is not there`)
      } else if (!rule.packages.includes(packageOf(module))) wrong.push(`${source} imports ${module}`)
    }
  }
  expect(wrong).toEqual([])
})

test('nothing imports itself in a circle, nor only its types', () => {
  const graph = new Map(
    modules.map(module => [module.source, module.dependencies.map(each => each.resolved)]),
  )
  const circles: string[] = []
  const done = new Set<string>()
  const walk = (file: string, path: string[]) => {
    const at = path.indexOf(file)
    if (at >= 0) circles.push([...path.slice(at), file].join(' -> '))
    if (at >= 0 || done.has(file)) return
    for (const next of graph.get(file) ?? []) if (graph.has(next)) walk(next, [...path, file])
    done.add(file)
  }
  for (const file of graph.keys()) walk(file, [])
  expect(circles).toEqual([])
})
