import { fromText, SchemaSchema, toText } from '../../metadata/index.ts'
import { type Form, formOf, withForm } from './form.ts'
import { checkNames } from './names.ts'

/**
 * What an edit makes of a schema, which is kept nowhere: of its text the form, or of a form the text.
 * @param form what a form says over the text; without any the text itself was edited, and stays as it is written
 * @throws Failure `unreadable-file` with the line where the text is wrong, `bad-input` for a form that contradicts itself
 */
export function drafted(text: string, form: Partial<Form>): Form & { text: string } {
  const before = fromText(SchemaSchema, text, 'the schema')
  const isText = Object.values(form).every(said => said === undefined)
  const next = isText ? before : withForm(before, form)
  checkNames(next)
  return { text: isText ? text : toText(SchemaSchema, next), ...formOf(next) }
}
