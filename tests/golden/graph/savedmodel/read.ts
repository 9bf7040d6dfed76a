import { readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Answer {
  dtype: string
  shape: number[]
  data: number[]
}

/** What TensorFlow was given and what it answered (make_saved_models.py). */
export interface Answers {
  inputs: Record<string, Answer>
  outputs: Record<string, Answer>
  variables?: Record<string, Answer>
}

export const savedModels = import.meta.dirname

export const readAnswers = (name: string, folder = savedModels): Answers =>
  JSON.parse(readFileSync(join(folder, name, 'answers.json'), 'utf8'))
