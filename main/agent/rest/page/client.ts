/**
 * What runs in the browser. It is sent as its own text, so that it may use nothing from outside itself: it renews what
 * is live, asks models, and steers the device with a PIN.
 */
export function client(): void {
  const EVERY = 2000
  const find = <T extends Element>(what: string, within: ParentNode = document): T =>
    within.querySelector(what) as T
  const said = find<HTMLElement>('#said')
  const dialog = find<HTMLDialogElement>('dialog')
  const shown: Record<string, string> = {}

  function say(words: string): void {
    said.textContent = words
    said.hidden = words === ''
  }

  /** A part is left alone while somebody types into it, or has. */
  function isTouched(part: Element): boolean {
    const active = document.activeElement
    const fields = part.querySelectorAll<HTMLInputElement | HTMLSelectElement>('input, select')
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i] as HTMLInputElement | HTMLSelectElement
      if (field === active) return true
      if (field instanceof HTMLSelectElement) {
        if (field.selectedOptions[0]?.defaultSelected !== true && field.value !== '') return true
      } else if (field.value !== field.defaultValue) return true
    }
    return false
  }

  function renew(id: string, html: string): void {
    const part = document.getElementById(id)
    if (!part || shown[id] === html || isTouched(part)) return
    const first = shown[id] === undefined && part.innerHTML !== ''
    shown[id] = html
    if (first && id === 'tries') return
    const key = (document.activeElement as HTMLElement | null)?.dataset?.key
    part.innerHTML = html
    if (id === 'tries') examples()
    if (key === undefined) return
    const buttons = part.querySelectorAll<HTMLElement>('[data-key]')
    for (let i = 0; i < buttons.length; i++) if (buttons[i]?.dataset.key === key) buttons[i]?.focus()
  }

  let silent = false
  async function refresh(): Promise<void> {
    try {
      const answer = await fetch('/page/live', { cache: 'no-store' })
      const parts = (await answer.json()) as Record<string, string>
      for (const id in parts) renew(id, parts[id] as string)
      if (silent) say('')
      silent = false
    } catch {
      silent = true
      say('The device does not answer. It may be starting again.')
    }
  }

  /** Steers the device; asks for the PIN where it is needed, and then does it. */
  async function steer(what: string, body: object): Promise<Record<string, unknown> | null> {
    for (;;) {
      const answer = await fetch(`/page/${what}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      const told = (await answer.json()) as Record<string, unknown>
      if (answer.status === 401) {
        if (!(await askPin())) return null
        continue
      }
      if (!answer.ok) throw new Error(String(told.error))
      return told
    }
  }

  function askPin(): Promise<boolean> {
    const form = find<HTMLFormElement>('form', dialog)
    const field = find<HTMLInputElement>('input', dialog)
    const trouble = find<HTMLElement>('[role=alert]', dialog)
    field.value = ''
    trouble.textContent = ''
    dialog.showModal()
    field.focus()
    return new Promise(resolve => {
      const end = (right: boolean) => {
        form.onsubmit = null
        dialog.onclose = null
        if (dialog.open) dialog.close()
        resolve(right)
      }
      dialog.onclose = () => end(false)
      form.onsubmit = async event => {
        event.preventDefault()
        try {
          const answer = await fetch('/page/pin', {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ pin: field.value }),
          })
          if (answer.ok) return end(true)
          trouble.textContent = ((await answer.json()) as { error: string }).error
        } catch {
          trouble.textContent = 'The device does not answer.'
        }
        field.select()
      }
    })
  }

  async function press(button: HTMLButtonElement): Promise<void> {
    const { do: what, model, version, stick, file } = button.dataset
    const words: Record<string, string> = { switch: 'Switching …', rollback: 'Going back …' }
    say(words[what as string] ?? 'Working …')
    button.disabled = true
    try {
      const told = await steer(what as string, {
        model,
        version: version === undefined ? undefined : Number(version),
        stick,
        file,
        instance: kept,
      })
      say(told === null ? '' : String(told.done))
    } catch (error) {
      say((error as Error).message)
    }
    button.disabled = false
    await refresh()
  }

  /** The row that was asked last, to be kept for the publisher. */
  let kept: unknown

  async function example(model: string): Promise<Record<string, unknown> | null> {
    const answer = await fetch(`/page/example?model=${encodeURIComponent(model)}`)
    return answer.ok ? ((await answer.json()) as Record<string, unknown> | null) : null
  }

  interface Picture {
    field: HTMLInputElement
    canvas: HTMLCanvasElement
    height: number
    width: number
    channels: number
  }

  function pictureOf(form: HTMLFormElement): Picture | null {
    const field = find<HTMLInputElement>('[data-picture]', form)
    if (!field) return null
    const { height, width, channels } = field.dataset
    return {
      field,
      canvas: find<HTMLCanvasElement>('canvas', form),
      height: Number(height),
      width: Number(width),
      channels: Number(channels),
    }
  }

  function draw({ canvas, height, width, channels }: Picture, values: ArrayLike<number>): void {
    const context = canvas.getContext('2d') as CanvasRenderingContext2D
    const pixels = context.createImageData(width, height)
    for (let at = 0; at < height * width; at++)
      for (let c = 0; c < 4; c++)
        pixels.data[at * 4 + c] = c === 3 ? 255 : (values[at * channels + (channels === 1 ? 0 : c)] as number)
    context.putImageData(pixels, 0, 0)
  }

  /** The example of a model that takes pictures, where it can be drawn. */
  async function drawExample(form: HTMLFormElement): Promise<void> {
    const picture = pictureOf(form)
    if (!picture) return
    const row = await example(form.dataset.model as string)
    const given = row?.[picture.field.dataset.picture as string]
    if (Array.isArray(given)) draw(picture, given.flat(2) as number[])
    else if (given && typeof given === 'object' && 'b64' in given) {
      const bytes = atob((given as { b64: string }).b64)
      const values = new Uint8Array(bytes.length)
      for (let i = 0; i < bytes.length; i++) values[i] = bytes.charCodeAt(i)
      draw(picture, values)
    }
  }

  function examples(): void {
    const forms = document.querySelectorAll<HTMLFormElement>('[data-try]')
    for (let i = 0; i < forms.length; i++) void drawExample(forms[i] as HTMLFormElement)
  }

  /** The file as it is, in base64: the device decodes it as training did. */
  async function fileOf(file: File): Promise<{ b64: string }> {
    const address = await new Promise<string>((resolve, reject) => {
      const reader = new FileReader()
      reader.onload = () => resolve(String(reader.result))
      reader.onerror = () => reject(reader.error)
      reader.readAsDataURL(file)
    })
    return { b64: address.slice(address.indexOf(',') + 1) }
  }

  /** Draws what the model sees, about; for a kind of file that the device does not decode that is also what it is sent. */
  async function pixelsOf(picture: Picture, file: File): Promise<number[]> {
    const { canvas, height, width, channels } = picture
    const bitmap = await createImageBitmap(file)
    const context = canvas.getContext('2d', { willReadFrequently: true }) as CanvasRenderingContext2D
    context.fillStyle = '#000'
    context.fillRect(0, 0, width, height)
    context.imageSmoothingQuality = 'high'
    context.drawImage(bitmap, 0, 0, width, height)
    bitmap.close()
    const { data } = context.getImageData(0, 0, width, height)
    const values: number[] = []
    for (let at = 0; at < data.length; at += 4) {
      const red = data[at] as number
      const green = data[at + 1] as number
      const blue = data[at + 2] as number
      if (channels === 1) values.push(Math.round(0.299 * red + 0.587 * green + 0.114 * blue))
      else values.push(red, green, blue)
    }
    return values
  }

  async function rowOf(form: HTMLFormElement): Promise<unknown> {
    const picture = pictureOf(form)
    if (picture) {
      const name = picture.field.dataset.picture as string
      const file = picture.field.files?.[0]
      if (file) {
        const isSent = file.type === 'image/png' || file.type === 'image/jpeg'
        let values: number[] | null = null
        try {
          values = await pixelsOf(picture, file)
        } catch {
          if (!isSent) throw new Error('This browser cannot read the picture. Choose a JPEG or a PNG.')
        }
        return { [name]: isSent ? await fileOf(file) : values }
      }
      const row = await example(form.dataset.model as string)
      if (!row) throw new Error('Take or choose a picture first.')
      return row
    }
    const row: Record<string, unknown> = {}
    const fields = form.querySelectorAll<HTMLInputElement | HTMLSelectElement>('[data-type]')
    for (let i = 0; i < fields.length; i++) {
      const { name, value, dataset } = fields[i] as HTMLInputElement
      const isNumber = dataset.type === 'float' || dataset.type === 'integer'
      const number = Number(value.replace(',', '.'))
      row[name] =
        value.trim() === ''
          ? null
          : dataset.type === 'boolean'
            ? value === 'true'
            : isNumber && !Number.isNaN(number)
              ? number
              : value
    }
    return row
  }

  function line(into: HTMLElement, kind: string, words: string, className = ''): HTMLElement {
    const element = document.createElement(kind)
    element.textContent = words
    element.className = className
    into.append(element)
    return element
  }

  async function ask(form: HTMLFormElement): Promise<void> {
    const into = find<HTMLElement>('[data-answer]', form.parentElement as HTMLElement)
    const model = form.dataset.model as string
    try {
      const instance = await rowOf(form)
      const answer = await fetch(`/v1/models/${encodeURIComponent(model)}:predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ instances: [instance] }),
      })
      const told = (await answer.json()) as { error?: string; predictions?: unknown[] }
      into.textContent = ''
      if (!answer.ok) {
        line(into, 'p', String(told.error), 'bad')
        return
      }
      kept = instance
      show(into, told.predictions?.[0], answer.headers.get('x-edgewright-version') ?? '?')
      const button = line(into, 'button', 'Keep this row for the publisher', 'wide') as HTMLButtonElement
      button.type = 'button'
      button.dataset.do = 'keep'
      button.dataset.model = model
    } catch (error) {
      into.textContent = ''
      line(
        into,
        'p',
        error instanceof TypeError ? 'The device does not answer.' : (error as Error).message,
        'bad',
      )
    }
  }

  function show(into: HTMLElement, prediction: unknown, version: string): void {
    if (typeof prediction !== 'object' || prediction === null) {
      line(into, 'p', String(Number(Number(prediction).toPrecision(6))), 'name')
      line(into, 'p', `said v${version}`, 'f m')
      return
    }
    const { class: best, scores } = prediction as { class: string; scores: Record<string, number> }
    line(into, 'p', best, 'name')
    line(into, 'p', `said v${version}`, 'f m')
    const order = Object.entries(scores).sort((a, b) => b[1] - a[1])
    for (const [name, score] of order.slice(0, 8)) {
      const row = line(into, 'div', '')
      line(row, 'span', name, 'f')
      const meter = document.createElement('meter')
      meter.max = 1
      meter.value = score
      meter.setAttribute('aria-label', name)
      row.append(meter)
      line(row, 'span', score.toFixed(3), 'f')
    }
  }

  document.addEventListener('click', event => {
    const target = event.target as Element
    const button = target.closest<HTMLButtonElement>('button[data-do]')
    if (button?.dataset.do === 'close') dialog.close()
    else if (button) void press(button)
  })
  document.addEventListener('submit', event => {
    const form = event.target as HTMLFormElement
    if (form.dataset.try === undefined) return
    event.preventDefault()
    void ask(form)
  })
  document.addEventListener('change', event => {
    const form = (event.target as HTMLElement).closest<HTMLFormElement>('[data-try]')
    const picture = form && pictureOf(form)
    if (form && picture && event.target === picture.field) void ask(form)
  })
  const turn = () => void refresh().finally(() => setTimeout(turn, EVERY))
  examples()
  turn()
}
