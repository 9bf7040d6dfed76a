/** Models and their versions: what each was made of, how good it is, and which one is meant by a name. */
export { createRegistry, type RegistryRoom } from './registry.ts'
