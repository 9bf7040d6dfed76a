import { type ImageFeature, imageOf, inputsOf, type TransformInput } from '../../../engine/encoding/index.ts'
import type { Model } from '../../serving/index.ts'
import { text } from './words.ts'

/** A form to ask a model with, an example row in it; a picture is taken or chosen, and made small by the browser. */
export function tryForm(model: Model, nth: number): string {
  const name = text(model.file.model)
  const picture = imageOf(model.transform)
  return `<section><h2>Try it: ${name}</h2><form data-try data-model="${name}">${
    picture ? pictureFields(picture, nth) : fields(model, nth)
  }<button class="main">Ask</button></form><div class="scores" data-answer aria-live="polite"></div></section>`
}

function fields({ transform, example }: Model, nth: number): string {
  const row = (example ?? {}) as Record<string, unknown>
  const field = (input: TransformInput, i: number) => {
    const value = row[input.name] ?? input.example ?? null
    const id = `try-${nth}-${i}`
    const common = `id="${id}" name="${text(input.name)}" data-type="${input.type}"`
    const shown = value === null ? '' : text(String(value))
    const control =
      input.type === 'boolean'
        ? `<select ${common}>${['', 'true', 'false'].map(each => `<option${each === shown ? ' selected' : ''}>${each}</option>`).join('')}</select>`
        : `<input ${common} value="${shown}" autocomplete="off"${input.type === 'float' || input.type === 'integer' ? ' inputmode="decimal"' : ''}>`
    return `<label for="${id}"><span>${text(input.name)}</span>${control}</label>`
  }
  return `<div class="fields">${inputsOf(transform).map(field).join('')}</div>`
}

function pictureFields({ name, height, width, channels }: ImageFeature, nth: number): string {
  const id = `try-${nth}-picture`
  return `<label for="${id}"><span>Take or choose a picture; without one the example is asked</span><input id="${id}" type="file" accept="image/*" data-picture="${text(name)}" data-height="${height}" data-width="${width}" data-channels="${channels}"></label><canvas width="${width}" height="${height}" role="img" aria-label="What the model sees"></canvas>`
}
