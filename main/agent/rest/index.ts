/** The device's HTTP door. */
export { restDoor } from './rest.ts'
