import { basename, extname } from 'node:path'
import { fail, writeDurably } from '../../kit/index.ts'
import { bytesSource, fileSource, type Source } from './graphdef/source.ts'

/** How the array is written. */
export interface CArrayOptions {
  /** Name of the array in C; made from the file's name when it is left out. */
  name?: string
}

/** The files of a model in C, and how the program that uses it calls it. */
export interface CArray {
  name: string
  source: string
  header: string
  /** Bytes of both files. */
  bytes: number
}

/** TensorFlow Lite for Microcontrollers reads the model where it lies, which must be at a multiple of this. */
const ALIGNED = 16
const PER_LINE = 12
const AT_ONCE = 2 ** 16 - (2 ** 16 % PER_LINE)

const KEYWORDS = new Set(
  (
    'alignas alignof and asm auto bool break case catch char class const constexpr continue default delete do double ' +
    'else enum explicit export extern false float for friend goto if inline int long mutable namespace new not ' +
    'nullptr operator or private protected public register restrict return short signed sizeof static struct switch ' +
    'template this throw true try typedef typeid typeof union unsigned using virtual void volatile while xor main'
  ).split(' '),
)

/**
 * Writes a `.tflite` model as an array in C for microcontrollers, as `xxd -i` would, but constant, so that it stays in
 * flash, and aligned: `NAME.c` with `const unsigned char NAME[]` and `const unsigned int NAME_len`, and `NAME.h` that
 * declares them. Both compile as C11 and as C++11.
 *
 * @param model path of the `.tflite`, which is read piece by piece, or its bytes
 * @param out where the source goes (`.c`, `.cc` or `.cpp`); the header lies beside it
 * @throws Failure `bad-input` for a name that is none in C
 */
export async function saveCArray(
  model: string | Uint8Array,
  out: string,
  options: CArrayOptions = {},
): Promise<CArray> {
  const extension = /^\.(c|cc|cpp|cxx)$/i.test(extname(out)) ? extname(out) : '.c'
  const base = /^\.(c|cc|cpp|cxx|h|hpp)$/i.test(extname(out)) ? out.slice(0, -extname(out).length) : out
  const [source, header] = [`${base}${extension}`, `${base}.h`]
  const name = options.name ?? identifier(basename(base))
  if (!isName(name))
    throw fail(
      'bad-input',
      `"${name}" cannot be the name of an array in C.`,
      'Use letters, digits and underscores, and begin with a letter.',
    )
  const bytes = typeof model === 'string' ? fileSource(model) : bytesSource(model)
  try {
    const declared = await writeDurably(header, [Buffer.from(headerOf(name, basename(header)))])
    const defined = await writeDurably(source, sourceOf(bytes, name, basename(header)))
    return { name, source, header, bytes: declared + defined }
  } finally {
    bytes.close()
  }
}

const isName = (name: string): boolean => /^[A-Za-z][A-Za-z0-9_]*$/.test(name) && !KEYWORDS.has(name)

/** The nearest name in C: `kws-v2 (int8)` becomes `kws_v2_int8`. */
function identifier(text: string): string {
  const name = text.replaceAll(/[^A-Za-z0-9]+/g, '_').replaceAll(/^_+|_+$/g, '')
  return isName(name) ? name : `model_${name}`.replace(/_$/, '')
}

function headerOf(name: string, file: string): string {
  const guard = `${identifier(file).toUpperCase()}_`
  return `#ifndef ${guard}
#define ${guard}

#ifdef __cplusplus
extern "C" {
#endif

/* A TensorFlow Lite model, aligned to ${ALIGNED} bytes. */
extern const unsigned char ${name}[];
extern const unsigned int ${name}_len;

#ifdef __cplusplus
}
#endif

#endif /* ${guard} */
`
}

function* sourceOf(bytes: Source, name: string, header: string): Generator<Uint8Array> {
  // An array of no elements is none in C.
  if (bytes.size === 0)
    throw fail('bad-input', 'The model is empty.', 'Convert the model again, then write it as C.')
  yield Buffer.from(
    `#include "${header}"\n\n#include <stdalign.h>\n\nalignas(${ALIGNED}) const unsigned char ${name}[${bytes.size}] = {\n`,
  )
  for (let at = 0; at < bytes.size; at += AT_ONCE) {
    const part = bytes.view(at, Math.min(AT_ONCE, bytes.size - at))
    const lines: string[] = []
    for (let from = 0; from < part.length; from += PER_LINE)
      lines.push(`  ${Array.from(part.subarray(from, from + PER_LINE), byte => HEX[byte]).join(' ')}\n`)
    yield Buffer.from(lines.join(''))
  }
  yield Buffer.from(`};\n\nconst unsigned int ${name}_len = ${bytes.size};\n`)
}

const HEX = Array.from({ length: 256 }, (_, byte) => `0x${byte.toString(16).padStart(2, '0')},`)
