/** Optimization: any TensorFlow model in, a smaller one out, and the way model files come in. */

export { default as OpenDialog } from './OpenDialog.vue'
export { useOpenModel } from './openStore.ts'
