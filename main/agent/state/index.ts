/** What a device must not forget. */
export { DeviceState, type Installed, ModelState, newModel, newState, type Quarantined } from './form.ts'
export { openStateKeeper, type StateKeeper } from './keep.ts'
export { readPointer, writePointer } from './pointer.ts'
