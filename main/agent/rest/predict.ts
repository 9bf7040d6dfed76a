import type { RequestListener } from 'node:http'
import { fail } from '../../engine/kit/index.ts'
import type { DeviceDoor } from '../door.ts'
import type { Answering } from '../serving/index.ts'
import { bodyOf } from './body.ts'
import { versionOf } from './labels.ts'
import { openPictures, takesPictures } from './pictures.ts'
import { textOf } from './receive.ts'
import { refusalOf } from './refusal.ts'
import { answerOf, readQuestion } from './request.ts'
import { targetOf } from './target.ts'

/**
 * Answers `POST /v1/models/…`, of which `:predict` is what a device is asked all day. It goes from Node's request to
 * Node's answer: the web's Request and Response between them take as long as some nets.
 */
export function predictDoor(device: DeviceDoor, answering: Answering): RequestListener {
  return async (incoming, outgoing) => {
    try {
      const { pathname, search } = addressOf(incoming.url ?? '')
      const target = targetOf(pathname)
      const { model, verb } = target
      if (verb !== 'predict')
        throw fail(
          'not-found',
          verb ? `This device does not know :${verb}.` : 'The address does not say what to do.',
          `Use POST /v1/models/${encodeURIComponent(model)}:predict.`,
        )
      const signature = search ? new URLSearchParams(search).get('signature') : null
      const body = bodyOf(await textOf(incoming))
      const asked = answering.model(model, versionOf(device, answering, target))
      // Whatever takes over meanwhile is given the same files.
      if (takesPictures(asked)) await openPictures(body, asked)
      // From here to the answer nothing waits, so that no switch falls between.
      const version = versionOf(device, answering, target)
      const question = readQuestion(body, signature ?? undefined, answering.model(model, version))
      const answered = answering.ask(model, version, question)
      const answer = JSON.stringify(answerOf(question, answered))
      outgoing.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(answer),
        'x-edgewright-version': [...new Set(answered.versions)].join(', '),
      })
      outgoing.end(answer)
    } catch (error) {
      // Nobody is there any more to be told.
      if (incoming.destroyed && !incoming.complete) return
      const { status, body, headers } = refusalOf(error)
      outgoing.writeHead(status, { 'content-type': 'application/json', ...headers })
      outgoing.end(JSON.stringify(body))
    }
  }
}

/** An address as it stands in a request: a path, or for a proxy all of it. */
export function addressOf(url: string): { pathname: string; search: string } {
  if (!url.startsWith('/')) return URL.parse(url) ?? { pathname: url, search: '' }
  const at = url.indexOf('?')
  return at < 0 ? { pathname: url, search: '' } : { pathname: url.slice(0, at), search: url.slice(at) }
}
