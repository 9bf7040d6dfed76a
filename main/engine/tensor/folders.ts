import { dirname } from 'node:path'

/** Folders from which a package or a file that may lie beside the program is looked for, best first. */
export function programFolders(): string[] {
  // A CommonJS bundle has `__dirname`, everything else `import.meta`; the started script's folder is the last resort.
  const here = import.meta.dirname ?? (typeof __dirname === 'string' ? __dirname : undefined)
  const started = process.argv[1] && dirname(process.argv[1])
  return [here, started].filter((folder): folder is string => Boolean(folder))
}
