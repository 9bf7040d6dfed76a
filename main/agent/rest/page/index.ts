/** The page of a device for the person in front of it. */
export { pageDoor } from './door.ts'
export { namesOf } from './names.ts'
