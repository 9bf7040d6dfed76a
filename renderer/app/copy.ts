import { copyText, toast } from '../ui/index.ts'

/** Puts a text on the clipboard and says so; where the clipboard is closed, the text itself is shown. */
export async function copyAndSay(text: string, said: string): Promise<void> {
  if (await copyText(text)) toast({ kind: 'good', title: said, text })
  else toast({ kind: 'info', title: 'The clipboard is closed here', text, stay: 60_000 })
}
