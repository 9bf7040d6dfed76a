/**
 * npm runs a script in the package's folder, but a person means paths from where they stand.
 * @param scripts names of the npm scripts that start this program; started otherwise, nothing changes
 */
export function standWhereThePersonStands(...scripts: string[]): void {
  const { npm_lifecycle_event: script, INIT_CWD: folder } = process.env
  if (script && folder && scripts.includes(script)) process.chdir(folder)
}
