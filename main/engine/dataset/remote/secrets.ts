import { literal } from '../duck.ts'

/** A kind of object store that DuckDB reads. */
export interface StoreKind {
  /** The extensions of DuckDB that read it. */
  extensions: string[]
  /** SQL that tells DuckDB who asks, out of the environment; null: as everyone. */
  secret(env: NodeJS.ProcessEnv): string | null
}

/** SQL of a secret of a kind, with what is given of its settings. */
function secret(type: string, settings: Record<string, string | undefined>): string | null {
  const given = Object.entries(settings).flatMap(([name, value]) =>
    value ? `${name} ${literal(value)}` : [],
  )
  return given.length ? `CREATE OR REPLACE SECRET store (TYPE ${type}, ${given.join(', ')})` : null
}

const s3: StoreKind = {
  extensions: ['httpfs'],
  secret(env) {
    const endpoint = env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL
    const url = endpoint && URL.canParse(endpoint) ? new URL(endpoint) : null
    return secret('s3', {
      KEY_ID: env.AWS_ACCESS_KEY_ID,
      SECRET: env.AWS_SECRET_ACCESS_KEY,
      SESSION_TOKEN: env.AWS_SESSION_TOKEN,
      REGION: env.AWS_REGION ?? env.AWS_DEFAULT_REGION,
      ENDPOINT: url ? url.host : undefined,
      USE_SSL: url ? String(url.protocol === 'https:') : undefined,
      // A store of one's own has no name for each bucket.
      URL_STYLE: url ? 'path' : undefined,
    })
  },
}

const gcs: StoreKind = {
  extensions: ['httpfs'],
  // Keys for interoperability (HMAC), which is what DuckDB's reader takes.
  secret: env => secret('gcs', { KEY_ID: env.GCS_ACCESS_KEY_ID, SECRET: env.GCS_SECRET_ACCESS_KEY }),
}

const r2: StoreKind = {
  extensions: ['httpfs'],
  secret: env =>
    secret('r2', {
      KEY_ID: env.R2_ACCESS_KEY_ID,
      SECRET: env.R2_SECRET_ACCESS_KEY,
      ACCOUNT_ID: env.R2_ACCOUNT_ID,
    }),
}

const azure: StoreKind = {
  extensions: ['azure'],
  secret: env => secret('azure', { CONNECTION_STRING: env.AZURE_STORAGE_CONNECTION_STRING }),
}

const huggingface: StoreKind = {
  extensions: ['httpfs'],
  secret: env => secret('huggingface', { TOKEN: env.HF_TOKEN }),
}

/** Object stores by the beginning of an address. */
export const STORES: Record<string, StoreKind> = {
  's3:': s3,
  's3a:': s3,
  's3n:': s3,
  'gs:': gcs,
  'gcs:': gcs,
  'r2:': r2,
  'az:': azure,
  'azure:': azure,
  'abfss:': azure,
  'hf:': huggingface,
}
